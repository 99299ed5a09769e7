"""The full-text index of SearchEntry, in each database's own kind."""

from django.db import migrations, models

SQLITE = [
    "CREATE VIRTUAL TABLE courseware_search USING fts5(title, text, content='courseware_searchentry', "
    "content_rowid='id', tokenize=\"porter unicode61 remove_diacritics 2\")",
]
POSTGRESQL = [
    "ALTER TABLE courseware_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS ("
    "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', text), 'B')) STORED",
    "CREATE INDEX courseware_searchentry_vector ON courseware_searchentry USING gin (vector)",
]
SQLITE_BACK = ["DROP TABLE courseware_search"]
POSTGRESQL_BACK = ["ALTER TABLE courseware_searchentry DROP COLUMN vector"]


def forwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("courseware", "0001_initial")]

    operations = [
        migrations.AddField(
            "searchentry", "context", models.CharField(blank=True, default="", max_length=300)
        ),
        migrations.RunPython(forwards, backwards),
    ]
