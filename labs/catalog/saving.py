"""Writes labs that were read from the content folder to the database."""

from __future__ import annotations

from labs.catalog.loading import LabSource
from labs.models import Lab, LabRecording, LabRevision


def save(sources: list[LabSource]) -> None:
    """Publish these labs and unpublish all others; the caller holds the transaction. What did not change is
    not written.
    """
    Lab.objects.exclude(slug__in=[source.slug for source in sources]).filter(published=True).update(
        published=False
    )
    for source in sources:
        _save(source)


def _save(source: LabSource) -> None:
    lab, _ = Lab.objects.get_or_create(slug=source.slug, defaults={"title": source.definition["title"]})
    revision, _ = LabRevision.objects.get_or_create(
        lab=lab, digest=source.digest, defaults={"definition": source.definition}
    )
    wanted = {
        "title": source.definition["title"],
        "summary": source.summary,
        "place": source.place,
        "lesson": source.definition["lesson"],
        "systems": source.definition["systems"],
        "brief": source.brief,
        "hints": source.hints,
        "published": True,
        "revision_id": revision.pk,
    }
    if any(getattr(lab, name) != value for name, value in wanted.items()):
        Lab.objects.filter(pk=lab.pk).update(**wanted)
    lab.recordings.exclude(name__in=source.recordings).delete()
    for name, lines in source.recordings.items():
        recording = lab.recordings.filter(name=name).first() or LabRecording(lab=lab, name=name, packed=b"")
        if not recording.packed or recording.lines != lines:
            recording.lines = lines
            recording.save()
