"""The number that fences writes to a run is its claim; a process of a lab has a kind."""

from typing import Any

from django.db import migrations, models


def _rename_key(old: str, new: str) -> Any:
    """A step that renames a key of each process in the definitions of all revisions; twice is as good as
    once.
    """

    def rename(apps: Any, schema_editor: Any) -> None:
        revisions = apps.get_model("labs", "LabRevision").objects.using(schema_editor.connection.alias)
        for revision in revisions.only("definition").iterator(chunk_size=100):
            processes = revision.definition.get("processes", [])
            if any(old in process for process in processes):
                revision.definition["processes"] = [
                    {(new if key == old else key): value for key, value in process.items()}
                    for process in processes
                ]
                revision.save(update_fields=["definition"])

    return rename


class Migration(migrations.Migration):
    dependencies = [("labs", "0003_audit_by_address")]
    operations = [
        migrations.RenameField("run", "attempt", "claim"),
        migrations.RenameField("auditentry", "attempt", "claim"),
        migrations.AlterField("auditentry", "claim", models.PositiveSmallIntegerField(verbose_name="claim")),
        migrations.RunPython(_rename_key("run", "kind"), _rename_key("kind", "run")),
    ]
