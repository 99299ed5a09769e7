"""`manage.py audit_runs`: the audit log of runs on stdout, for other tools."""

from __future__ import annotations

import csv
import json
import re
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labs.models import AuditEntry

FIELDS = [field.name for field in AuditEntry._meta.fields if field.name != "id"]
AGE = re.compile(r"(\d{1,5})([dh])")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters with which a spreadsheet begins a formula."""


def moment(text: str) -> datetime:
    """`7d` or `12h` ago, or an ISO date or time, in UTC where it names no zone; raises `CommandError`."""
    if age := AGE.fullmatch(text):
        number = int(age[1])
        return timezone.now() - (timedelta(days=number) if age[2] == "d" else timedelta(hours=number))
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a time. Use 7d, 12h, 2026-01-31 or 2026-01-31T08:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def cell(value: Any) -> Any:
    """A value as a cell. Text that people wrote never begins a formula."""
    if isinstance(value, list):
        value = "; ".join(f"{command['action']} {command['target']} at {command['t']} s" for command in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


class Command(BaseCommand):
    help = "Print the audit log of runs, oldest first. Times are in UTC; `seconds` counts from the claim."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", default="1d", help="7d, 12h, or an ISO date or time in UTC; default: 1d"
        )
        parser.add_argument("--until", default="0h", help="the same; default: now")
        parser.add_argument("--format", choices=("csv", "jsonl"), default="csv")

    def handle(self, *, since: str, until: str, format: str, **_: Any) -> None:
        found = AuditEntry.objects.filter(at__gte=moment(since), at__lt=moment(until)).order_by("at", "pk")
        rows = found.values(*FIELDS).iterator(chunk_size=500)
        (self._csv if format == "csv" else self._jsonl)(rows)

    def _csv(self, rows: Iterable[dict[str, Any]]) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows([cell(row[name]) for name in FIELDS] for row in rows)

    def _jsonl(self, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            plain = {
                **row,
                "run": str(row["run"]),
                "at": row["at"].isoformat(),
                "queued_at": row["queued_at"].isoformat(),
            }
            self.stdout.write(json.dumps(plain, ensure_ascii=False))
