"""`manage.py redraw_figures [FOLDER]`: let the figures of lessons follow the runs that were recorded last."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from authoring.problems import Problems
from courseware.loading import content_folder
from courseware.loading.figures.redrawing import redrawn


class Command(BaseCommand):
    help = (
        "Rewrite the times and the workers' lanes in figures of recorded runs, and print what else differs. "
        "Numbers in a lesson's text are yours to check."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=settings.CONTENT, help="default: %(default)s"
        )

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Write the lessons whose figures differ from their runs."""
        content = content_folder.read(folder, Problems())
        labs = {lab.slug: lab for lab in content.labs}
        for lesson in content.lessons.values():
            if (source := redrawn(lesson, labs)) != lesson.source:
                (folder / lesson.file).write_text(source, encoding="utf-8")
                self.stdout.write(f"{lesson.file}: redrawn")
        problems = Problems()
        content_folder.read(folder, problems)
        for problem in sorted(problems):
            self.stderr.write(str(problem))
