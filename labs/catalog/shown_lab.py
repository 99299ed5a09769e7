"""The lab that a page shows, read with a query that is built once."""

from __future__ import annotations

from django.db import connection
from django.db.models import CharField

from accounts.pages.prepared_reads import Given, PreparedRead
from labs.models import Lab, LabRevision

_LAB = [field.attname for field in Lab._meta.concrete_fields]
_REVISION = [field.attname for field in LabRevision._meta.concrete_fields if field.name != "definition"]
_NAMED = PreparedRead(
    lambda: (
        Lab.objects.published()
        .filter(slug=Given("slug", CharField()))
        .values_list(*_LAB, *(f"revision__{name}" for name in _REVISION))
    )
)


def shown_lab(slug: str) -> Lab | None:
    """The published lab of this slug, or None. The definition of its revision, which is long, is read when
    something asks for it.
    """
    row = _NAMED.row(slug=slug)
    if row is None:
        return None
    lab = Lab.from_db(connection.alias, _LAB, row[: len(_LAB)])
    lab.revision = LabRevision.from_db(connection.alias, _REVISION, row[len(_LAB) :])
    return lab
