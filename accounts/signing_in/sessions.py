"""Sessions in the database, as Django keeps them, read with a query that is built once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from accounts.pages.prepared_reads import Given, PreparedGet

_VALID = PreparedGet(
    Session,
    lambda: Session.objects.filter(
        session_key=Given("key", models.CharField()), expire_date__gt=Given("now", models.DateTimeField())
    ),
)


class SessionStore(db.SessionStore):
    """Django's session store; only the read of each request is replaced."""

    def _get_session_from_db(self) -> Session | None:
        found = _VALID.first(key=self.session_key, now=timezone.now()) if self.session_key else None
        if found is None:
            # As in Django: an unknown key is dropped, so that nobody can choose the key of a new session.
            self._session_key = None
        return found
