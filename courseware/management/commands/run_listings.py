"""`manage.py run_listings [FOLDER]`: run the lessons' `exec` listings and compare their output."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseware.loading import listing_runs


class Command(BaseCommand):
    help = "Run every exec listing of the lessons in a jail and compare what it writes with its output block."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=settings.CONTENT, help="default: %(default)s"
        )

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Exit status 1 and one line for each listing that does not do what the lesson says."""
        found = listing_runs.collect(folder)
        try:
            problems = list(listing_runs.problems_of(found))
        except listing_runs.NoJailError as error:
            raise CommandError(str(error)) from error
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} of {len(found)} listings do not do what their lessons say.")
        self.stdout.write(f"Listings that do what their lessons say: {len(found)}.")
