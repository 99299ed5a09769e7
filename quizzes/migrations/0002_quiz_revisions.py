"""Tables for the revisions of quizzes; what an attempt pins, and where a quiz was written."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="QuizRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=160)),
                ("pass_mark", models.PositiveSmallIntegerField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "quiz",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="quizzes.quiz",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="quizzes.questionrevision",
                    ),
                ),
                (
                    "quiz_revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="placements",
                        to="quizzes.quizrevision",
                    ),
                ),
            ],
            options={"ordering": ["place"]},
        ),
        migrations.AddConstraint(
            model_name="quizrevision",
            constraint=models.UniqueConstraint(fields=("quiz", "digest"), name="one_row_per_content"),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(
                fields=("quiz_revision", "place"), name="one_question_at_a_place"
            ),
        ),
        migrations.AlterField(
            model_name="questionrevision",
            name="quiz",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="question_revisions",
                to="quizzes.quiz",
            ),
        ),
        migrations.AddField(
            model_name="quiz",
            name="origin",
            field=models.CharField(
                choices=[("file", "a file of the content folder"), ("studio", "the studio")],
                default="file",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="quiz",
            name="current",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="current_of",
                to="quizzes.quizrevision",
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="revision",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="quizzes.quizrevision",
            ),
        ),
    ]
