"""The version of the published content. Pages and fragments kept in memory are valid for one version.

Code that changes what everybody sees on a page calls `renew_version()` in the transaction of the change: the
loader of the content folder, and every other way to publish, change or withdraw a lesson, a glossary term, a
quiz or a lab.
"""

from __future__ import annotations

import uuid

from django.db import connection
from django.utils import timezone

from authoring.models import ContentVersion

_CURRENT = "SELECT value FROM authoring_contentversion WHERE id = 1"


def current_version() -> str:
    """The version now; "" while nothing was ever published. One query."""
    # Plain SQL, because each request for a kept page runs it: the ORM takes longer to build the query than
    # the database to answer it.
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT)
        row = cursor.fetchone()
    return row[0] if row else ""


def renew_version() -> None:
    """Give the content a new version. Call it inside the transaction that changes the content: readers then
    see the change and the version together, and a rollback takes both back.
    """
    ContentVersion.objects.update_or_create(
        pk=1, defaults={"value": uuid.uuid4().hex, "renewed_at": timezone.now()}
    )
