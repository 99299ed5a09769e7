"""`manage.py load_content [--check] [FOLDER]`: load the content folder in one transaction."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from authoring.problems import Problems
from courseware.loading import content_folder, course_file, fingerprint
from quizzes.loading import quiz_files


class Command(BaseCommand):
    help = "Check the content folder and load it. If there is any problem, nothing is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=settings.CONTENT, help="default: %(default)s"
        )
        parser.add_argument("--check", action="store_true", help="only check; no database is needed")

    def handle(self, *args: Any, folder: Path, check: bool, **options: Any) -> None:
        """With problems: exit status 1 and one line for each, as `file:line: what; how to fix it`."""
        began = time.monotonic()
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        if not (folder / course_file.FILE).exists():
            raise CommandError(f"{folder} has no {course_file.FILE}; is it the content folder?")
        digest = "" if check else fingerprint.fingerprint(folder)
        if digest and content_folder.is_loaded(digest):
            self.stdout.write(f"Unchanged since it was loaded ({time.monotonic() - began:.2f} s).")
            return
        problems = Problems()
        content = content_folder.read(folder, problems)
        if not check:
            quiz_files.check_origins(content.quizzes, problems)
        if problems:
            for problem in sorted(problems):
                self.stderr.write(str(problem))
            raise CommandError(
                f"{len(problems)} problem{'s' if len(problems) > 1 else ''}; nothing was changed."
            )
        counted = ", ".join(f"{name} {number}" for name, number in content.counts.items())
        if not check:
            content_folder.save(content, digest)
        self.stdout.write(f"{'Checked' if check else 'Loaded'} {counted} ({time.monotonic() - began:.2f} s).")
