"""`manage.py cancel_runs [--learner EMAIL] [--lab SLUG]`: cancel queued and running runs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from labs.models import Lab, Run
from labs.runs.ending import STOPPED_BY_OPERATOR, cancel


class Command(BaseCommand):
    help = (
        "Cancel all queued and running runs, or only those of one learner or one lab. "
        "To stop new runs from starting, set LABS_ENABLED=off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--learner", metavar="EMAIL", help="only runs of the account with this e-mail address"
        )
        parser.add_argument("--lab", metavar="SLUG", help="only runs of this lab")

    def handle(self, *, learner: str | None, lab: str | None, **_: Any) -> None:
        runs = Run.objects.live().select_related("lab", "revision").order_by("queued_at")
        if learner is not None:
            runs = runs.of(_account(learner))
        if lab is not None:
            runs = runs.filter(lab=_lab(lab))
        ended, asked = 0, 0
        for run in runs:
            if not cancel(run, STOPPED_BY_OPERATOR):
                continue  # it ended by itself in the meantime
            ended, asked = ended + run.has_ended, asked + (not run.has_ended)
            done = "ended" if run.has_ended else f"runner {run.runner} was asked to stop it"
            self.stdout.write(f"{run.pk} {run.lab.slug}, learner {run.learner_id}: {done}")
        self.stdout.write(
            f"{ended} ended in the queue. {asked} end as soon as their runners read the request."
        )


def _account(email: str) -> User:
    if found := User.objects.filter(email=User.objects.normalize_email(email)).first():
        return found
    raise CommandError(f"There is no account with the e-mail address {email}.")


def _lab(slug: str) -> Lab:
    if found := Lab.objects.filter(slug=slug).first():
        return found
    raise CommandError(f"There is no lab “{slug}”.")
