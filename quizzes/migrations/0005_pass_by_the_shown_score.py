"""An attempt passes by the score that is shown, in whole percent: attempts that missed by less than that pass now.

A test of 3 questions with a pass mark of 67 said "67 %, not passed" for two thirds.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import migrations
from django.db.models import F


def pass_again(apps: Any, schema_editor: Any) -> None:
    attempts = apps.get_model("quizzes", "Attempt").objects.filter(
        finished_at__isnull=False, passed_at=None, revision__isnull=False, score__isnull=False
    )
    near = attempts.filter(score__lt=F("revision__pass_mark"), score__gte=F("revision__pass_mark") - 0.5)
    for attempt in near.select_related("revision").iterator():
        shown = Decimal(str(attempt.score)).quantize(Decimal(1), ROUND_HALF_UP)
        if shown >= attempt.revision.pass_mark:
            attempt.passed_at = attempt.finished_at
            attempt.save(update_fields=["passed_at"])


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0004_order_lives_in_revisions")]

    operations = [migrations.RunPython(pass_again, migrations.RunPython.noop)]
