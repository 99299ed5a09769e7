"""`manage.py load_content [--check] [FOLDER]`: the content folder into the database, all of it or nothing."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from authoring.problems import Problems
from courseware import fingerprint, loading
from courseware.lower_rooms import ROOMS


class Command(BaseCommand):
    help = "Check the content folder and load it. With problems nothing is changed: the site keeps what it has."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.CONTENT, help="default: %(default)s")
        parser.add_argument("--check", action="store_true", help="only check; no database is needed")

    def handle(self, *args: Any, folder: Path, check: bool, **options: Any) -> None:
        """Exit status 1 and a line for each problem, as `file:line: what; how to mend`, when there are any."""
        began = time.monotonic()
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        mark = "" if check else fingerprint.fingerprint(folder)
        if mark and loading.is_loaded(mark):
            self.stdout.write(f"Unchanged since it was loaded ({time.monotonic() - began:.2f} s).")
            return
        problems = Problems()
        content = loading.read(folder, ROOMS, problems)
        if problems:
            for problem in sorted(problems):
                self.stderr.write(str(problem))
            raise CommandError(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}; nothing was changed.")
        counted = ", ".join(f"{name} {number}" for name, number in content.counts.items())
        if not check:
            loading.save(content, ROOMS, mark)
        self.stdout.write(f"{'Checked' if check else 'Loaded'} {counted} ({time.monotonic() - began:.2f} s).")
