"""Remove what the revisions of quizzes have replaced; each attempt at a whole quiz must pin one from now on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0003_rebuild_revisions")]

    operations = [
        migrations.RemoveConstraint(model_name="questionrevision", name="one_question_per_place"),
        migrations.RemoveField(model_name="questionrevision", name="place"),
        migrations.RemoveField(model_name="quiz", name="pass_mark"),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("question", ""), ("revision__isnull", False))
                | (~models.Q(("question", "")) & models.Q(("revision__isnull", True))),
                name="attempt_pins_a_revision",
            ),
        ),
    ]
