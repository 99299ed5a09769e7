"""Words of search documents, for the correction of mistyped queries.

The documents that are indexed already have no words: without a digest, the next load indexes them anew.
"""

import django.db.models.deletion
from django.db import migrations, models


def index_again(apps, schema_editor):
    apps.get_model("courseware", "SearchDocument").objects.update(digest="")


class Migration(migrations.Migration):
    dependencies = [
        ("courseware", "0003_search_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(max_length=40)),
                ("length", models.PositiveSmallIntegerField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="words",
                        to="courseware.searchdocument",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["length", "word"], name="courseware__length_256de3_idx")],
            },
        ),
        migrations.RunPython(index_again, migrations.RunPython.noop),
    ]
