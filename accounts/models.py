"""The people who learn, teach and run the site."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.querysets import UserManager
from accounts.tokens import ApiToken

__all__ = ["ApiToken", "User"]


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or a guest who has not signed up yet; everything a learner owns points here.

    A guest is identified by `guest_key`, which is in a signed cookie. A sign-up writes e-mail and password
    into the guest's row, which stays a guest until its first log-in. So the guest keeps working while the
    address is not confirmed, and an unconfirmed address gives no rights.
    """

    class Role(models.TextChoices):
        LEARNER = "learner", _("learner")
        INSTRUCTOR = "instructor", _("instructor")

    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True, default=None)
    name = models.CharField(_("name shown to others"), max_length=60, blank=True, default="")
    is_guest = models.BooleanField(_("guest"), default=False)
    guest_key = models.UUIDField(unique=True, null=True, blank=True, default=None, editable=False)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.LEARNER)
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("May use the administration pages.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", help_text=_("Empty: the zone of the browser.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(
                condition=models.Q(is_guest=True, guest_key__isnull=False)
                | (models.Q(is_guest=False, guest_key=None, email__isnull=False) & ~models.Q(email="")),
                name="user_guest_key_or_email",
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.public_name

    def clean(self) -> None:
        self.email = type(self).objects.normalize_email(self.email) or None

    @property
    def public_name(self) -> str:
        """What other people may see; never the e-mail address or a part of it."""
        if self.name:
            return self.name
        return str(_("Guest") if self.is_guest else _("Learner")) + f" {self.pk}"

    @property
    def is_instructor(self) -> bool:
        """Whether the user may open the pages for instructors (accounts/permissions.py); staff may."""
        return not self.is_guest and (self.role == self.Role.INSTRUCTOR or self.is_staff)

    def get_full_name(self) -> str:
        return self.public_name

    def get_short_name(self) -> str:
        return self.public_name

    def upgrade(self) -> None:
        """Make the guest a user with the same primary key. Afterwards only a log-in gives access to it."""
        self.is_guest, self.guest_key = False, None
        self.save(update_fields=["is_guest", "guest_key"])
