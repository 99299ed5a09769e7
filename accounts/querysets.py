"""How users and guests are created and found."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import Exists, ManyToOneRel, OuterRef
from django.utils import timezone

from accounts.pages.prepared_reads import Given, PreparedGet

if TYPE_CHECKING:
    from accounts.models import User

ONE_VISIT = timedelta(minutes=1)
"""Two first writes with one key within this time are a double click."""


class UserQuerySet(models.QuerySet["User"]):
    def guests(self) -> Self:
        return self.filter(is_guest=True)

    def forgettable(self, before: datetime) -> Self:
        """Guests created before `before` that no row of any app refers to."""
        found = self.guests().filter(date_joined__lt=before)
        for relation in self.model._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel) and not isinstance(relation.related_model, str):
                owned = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
                found = found.exclude(Exists(owned))
        return found


class UserManager(BaseUserManager["User"]):
    """Repeats the methods of the queryset, because the type checker does not follow `from_queryset` here."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def guests(self) -> UserQuerySet:
        return self.get_queryset().guests()

    def of_guest_key(self, key: uuid.UUID) -> User | None:
        """The guest of a cookie."""
        return self._by_guest_key.first(key=key)

    def get(self, *args: Any, **kwargs: Any) -> User:
        # Django's authentication asks for get(pk=...) in every request of a user.
        if not args and kwargs.keys() == {"pk"}:
            user = self._by_pk.first(pk=kwargs["pk"])
            if user is None:
                raise self.model.DoesNotExist("There is no such user.")
            return user
        return self.get_queryset().get(*args, **kwargs)

    @cached_property
    def _by_pk(self) -> PreparedGet[User]:
        given = Given("pk", models.BigAutoField())
        return PreparedGet(self.model, lambda: self.get_queryset().filter(pk=given))

    @cached_property
    def _by_guest_key(self) -> PreparedGet[User]:
        given = Given("key", models.UUIDField())
        return PreparedGet(self.model, lambda: self.get_queryset().filter(guest_key=given, is_active=True))

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
        """A user. Without a password nobody can log in to the account until the password is reset.

        Raises ValueError without an e-mail address.
        """
        if not (email := self.normalize_email(email)):
            raise ValueError("a user needs an e-mail address")
        user: User = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def create_guest(self, key: uuid.UUID | None = None) -> User:
        """A guest with a key that cannot be guessed, by default of 122 random bits.

        Two calls at the same time with one key get the same guest. An older guest with that key is not used:
        the new guest gets a random key.
        """
        fields = {"is_guest": True, "password": make_password(None)}
        if key is not None:
            guest, made = self.get_or_create(guest_key=key, defaults=fields)
            if made or (guest.is_active and timezone.now() - guest.date_joined < ONE_VISIT):
                return guest
        return self.create(guest_key=uuid.uuid4(), **fields)
