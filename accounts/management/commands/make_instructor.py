"""`manage.py make_instructor EMAIL [--staff]`: give an existing account the rights of an instructor."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User


class Command(BaseCommand):
    help = (
        "Let the account with this e-mail address see readers' notes and the health of the labs, "
        "with --staff also the administration. The account must exist."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--staff", action="store_true", help="also give the administration pages and all rights"
        )

    def handle(self, *args: Any, email: str, staff: bool, **options: Any) -> None:
        user = User.objects.filter(email=User.objects.normalize_email(email)).first()
        if user is None:
            raise CommandError(
                f"There is no account with {email}. Sign up with it on the site, then run this again."
            )
        if user.is_guest:
            raise CommandError(
                f"{user.email} has signed up but never logged in. Log in once, then run this again."
            )
        user.role = User.Role.INSTRUCTOR
        user.is_staff, user.is_superuser = user.is_staff or staff, user.is_superuser or staff
        user.save(update_fields=["role", "is_staff", "is_superuser"])
        self.stdout.write(f"{user.email} is an instructor{' and staff' if user.is_staff else ''}.")
        if not EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
            self.stdout.write(
                "This address is not confirmed yet: make sure that the account belongs to the right person."
            )
