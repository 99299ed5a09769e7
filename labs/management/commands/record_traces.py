"""`manage.py record_traces SLUG …`: run starter and solution in a jail and store their traces in the lab."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from authoring.problems import Problems
from labs.catalog import loading
from labs.catalog.loading import LabSource
from labs.catalog.local_folder import CHECKS
from labs.runner.reference_runs import NotRun, perform
from labs.runner.warden_client import WardenGone


class Command(BaseCommand):
    help = (
        "Run the starter and the solution of labs in a jail, judge them, "
        "and write traces/starter.jsonl and traces/solution.jsonl."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="labs; without a name, all of them")
        parser.add_argument("--check", action="store_true", help="judge only, write nothing")
        parser.add_argument(
            "--times", type=int, default=1, help="number of runs of each; the last trace is written"
        )

    def handle(self, *, slugs: list[str], check: bool, times: int, **_: Any) -> None:
        problems = Problems()
        sources = {source.slug: source for source in loading.read(Path(settings.CONTENT), problems)}
        if unknown := set(slugs) - set(sources):
            raise CommandError(f"There is no lab {', '.join(sorted(unknown))}.")
        chosen = slugs or sorted(sources)
        if found := [str(p) for p in problems if p.file.split("/")[1] in chosen]:
            raise CommandError("\n".join(found))
        wrong = 0
        for slug in chosen:
            for solved in (False, True):
                for _round in range(times):
                    wrong += not self._one(sources[slug], solved=solved, write=not check)
        if wrong:
            raise CommandError(f"{wrong} reference runs were judged differently than their authors say.")

    def _one(self, source: LabSource, *, solved: bool, write: bool) -> bool:
        """One run; False when its verdicts differ from what the author says."""
        folder = Path(settings.CONTENT) / "labs" / source.slug
        name = "solution" if solved else "starter"
        try:
            found = perform(source, (folder / CHECKS).read_text(encoding="utf-8-sig"), solved=solved)
        except (NotRun, WardenGone) as error:
            self.stdout.write(f"{source.slug:24} {name:9} NOT RUN  {error}")
            return False
        expected = [] if solved else source.definition["starter_fails"]
        good = sorted(found.failed) == sorted(expected)
        seconds = found.lines[-1].partition('"t": ')[2].partition(",")[0]
        verdict = "as expected" if good else f"DIFFERS  failed {found.failed}, the author says {expected}"
        self.stdout.write(
            f"{source.slug:24} {name:9} {seconds:>7} s  {len(found.lines):>4} events  {verdict}"
        )
        if good and write:
            (folder / "traces").mkdir(exist_ok=True)
            (folder / "traces" / f"{name}.jsonl").write_text("\n".join(found.lines) + "\n")
        return good
