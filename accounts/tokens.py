"""API tokens: secrets for scripts (`Authorization: Bearer …`), shown once, kept as a hash, revocable."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

MARK = "bb_"  # lets people and secret scanners recognise a token in a file
SHOWN = len(MARK) + 6
TOUCH_EVERY = timedelta(minutes=1)
MOST_TOKENS = 20


def digest(raw: str) -> str:
    """SHA-256 in hex. A token has 256 random bits, so it needs neither salt nor a slow hash."""
    return hashlib.sha256(raw.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)

    def make(self, user: User, name: str) -> tuple[ApiToken, str]:
        """A new token and its secret. The secret is stored nowhere: show it now."""
        raw = MARK + secrets.token_urlsafe(32)
        return self.create(user=user, name=name, digest=digest(raw), prefix=raw[:SHOWN]), raw

    def revoke_all(self) -> int:
        """Revoke the live ones of these; returns how many there were."""
        return self.live().update(revoked_at=timezone.now())

    def resolve(self, raw: str) -> User | None:
        """The active user of a live token, else None. Records the use."""
        if not raw.startswith(MARK):
            return None
        token = self.live().filter(digest=digest(raw), user__is_active=True).select_related("user").first()
        if token is None:
            return None
        token.touch(timezone.now())
        return token.user


class ApiToken(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=12, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[ApiTokenQuerySet] = ApiTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        app_label = "accounts"
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def revoke(self) -> None:
        """Refuse the token from the next request on. A second call changes nothing."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])

    def touch(self, now: datetime) -> None:
        """Record the use at most once a minute, so that a busy script does not write on every call, and
        without undoing a revocation.
        """
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - TOUCH_EVERY)
        if self.last_used_at is None or self.last_used_at < now - TOUCH_EVERY:
            type(self).objects.filter(stale, pk=self.pk).update(last_used_at=now)
