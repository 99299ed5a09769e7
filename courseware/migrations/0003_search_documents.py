"""Search entries belong to documents, so that the index changes document by document.

Entries are derived from the content: they are removed here, and the next load of the content makes them anew
(the program's code is part of what decides whether the content is loaded again).
"""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [("lesson", "lesson"), ("term", "glossary"), ("question", "question"), ("lab", "lab")]
EMPTY = ["INSERT INTO courseware_search(courseware_search) VALUES ('delete-all')"]
# A later migration that makes Django rebuild the table courseware_searchentry has to create these again: SQLite
# drops the triggers of a table with the table.
_INSERT = "INSERT INTO courseware_search(rowid, title, text) VALUES (new.id, new.title, new.text)"
_DELETE = (
    "INSERT INTO courseware_search(courseware_search, rowid, title, text) "
    "VALUES ('delete', old.id, old.title, old.text)"
)
TRIGGERS = {
    "courseware_search_insert": f"AFTER INSERT ON courseware_searchentry BEGIN {_INSERT}; END",
    "courseware_search_delete": f"AFTER DELETE ON courseware_searchentry BEGIN {_DELETE}; END",
    "courseware_search_update": f"AFTER UPDATE ON courseware_searchentry BEGIN {_DELETE}; {_INSERT}; END",
}


def remove_entries(apps, schema_editor):
    apps.get_model("courseware", "SearchEntry").objects.all().delete()
    if schema_editor.connection.vendor == "sqlite":
        for statement in EMPTY:
            schema_editor.execute(statement)


def add_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, what in TRIGGERS.items():
            schema_editor.execute(f"CREATE TRIGGER {name} {what}")


def drop_triggers(apps, schema_editor):
    remove_entries(apps, schema_editor)  # before the field `kind`, which they lack, comes back
    if schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("courseware", "0002_search_index")]

    operations = [
        migrations.CreateModel(
            "SearchDocument",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=16)),
                ("slug", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["kind", "slug"], name="one_search_document_per_kind_and_slug"
                    )
                ]
            },
        ),
        migrations.RunPython(remove_entries, migrations.RunPython.noop),
        migrations.RemoveField("searchentry", "kind"),
        migrations.AddField(
            "searchentry",
            "document",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="courseware.searchdocument",
            ),
        ),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
