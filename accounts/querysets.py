"""How people are made and found."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import Exists, ManyToOneRel, OuterRef
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User

ONE_VISIT = timedelta(minutes=1)
"""For so long two first writes with one key are a double click."""


class UserQuerySet(models.QuerySet["User"]):
    def guests(self) -> Self:
        return self.filter(is_guest=True)

    def of_guest_key(self, key: uuid.UUID) -> User | None:
        """The guest of a cookie."""
        return self.filter(guest_key=key, is_active=True).first()

    def forgettable(self, before: datetime) -> Self:
        """Guests made before `before` whom no row of any room points to."""
        found = self.guests().filter(date_joined__lt=before)
        for relation in self.model._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel) and not isinstance(relation.related_model, str):
                owned = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
                found = found.exclude(Exists(owned))
        return found


class UserManager(BaseUserManager["User"]):
    """The verbs of the queryset are spelled out: the type checker does not see through `from_queryset` here."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def guests(self) -> UserQuerySet:
        return self.get_queryset().guests()

    def of_guest_key(self, key: uuid.UUID) -> User | None:
        return self.get_queryset().of_guest_key(key)

    def forgettable(self, before: datetime) -> UserQuerySet:
        return self.get_queryset().forgettable(before)

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Addresses are compared and kept in lower case, whole."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> User:
        found: User = self.get(email=self.normalize_email(username))
        return found

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person; without a password nobody can log in until it is reset. Raises ValueError without an e-mail."""
        if not (email := self.normalize_email(email)):
            raise ValueError("a user needs an e-mail address")
        user: User = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def create_guest(self, key: uuid.UUID | None = None) -> User:
        """A guest with a key that nobody guesses, by default of 122 random bits. Of two calls at once with one key both get the
        same guest; an older guest of that key is left alone, and a random key taken."""
        fields = {"is_guest": True, "password": make_password(None)}
        if key is not None:
            guest, made = self.get_or_create(guest_key=key, defaults=fields)
            if made or (guest.is_active and timezone.now() - guest.date_joined < ONE_VISIT):
                return guest
        return self.create(guest_key=uuid.uuid4(), **fields)
