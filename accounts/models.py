"""Who learns, teaches and runs the site."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person, or a guest who has not signed up yet; everything a learner owns points here."""

    class Role(models.TextChoices):
        LEARNER = "learner", _("learner")
        INSTRUCTOR = "instructor", _("instructor")

    is_guest = models.BooleanField(default=False)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.LEARNER)
