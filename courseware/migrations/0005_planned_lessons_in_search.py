"""Planned lessons can be found, too. Only the choices change: no table is rebuilt."""

from django.db import migrations, models

KINDS = [
    ("lesson", "lesson"),
    ("term", "glossary"),
    ("question", "question"),
    ("lab", "lab"),
    ("planned", "planned lesson"),
]


class Migration(migrations.Migration):
    dependencies = [("courseware", "0004_search_words")]

    operations = [
        migrations.AlterField("searchdocument", "kind", models.CharField(choices=KINDS, max_length=16)),
    ]
