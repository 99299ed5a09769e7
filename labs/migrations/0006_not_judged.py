"""A run may end not judged, and runs once more by itself, alone on its host, before it does."""

from django.db import migrations, models

import sandbox.protocol


class Migration(migrations.Migration):
    dependencies = [("labs", "0005_summary_and_place")]
    operations = [
        migrations.AddField(
            "run",
            "alone",
            models.BooleanField(
                default=False,
                help_text="Runs with nothing beside it, because it could not be judged otherwise.",
            ),
        ),
        migrations.AlterField(
            "run",
            "outcome",
            models.CharField(
                blank=True,
                choices=[(outcome, outcome) for outcome in sandbox.protocol.Outcome],
                default="",
                max_length=16,
                verbose_name="outcome",
            ),
        ),
    ]
