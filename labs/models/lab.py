"""Labs and their revisions. Labs come only from the repository. A revision never changes once it is made."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labs.models.packing import pack, unpack
from labs.models.querysets import LabQuerySet
from sandbox.protocol import CommandSpec, Limits, ProcessSpec


class Lab(models.Model):
    """One lab, identified by its slug.

    Fields here (`summary`, `brief`, `hints`) may change without changing a run; what decides a run is in the
    current revision. A lab whose folder is gone is unpublished and keeps its runs.
    """

    slug = models.SlugField(unique=True)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=300, blank=True, default="")
    place = models.PositiveIntegerField(default=0, help_text="Of its lesson in the course, from 1; 0: none.")
    lesson = models.SlugField(_("lesson"), blank=True, default="")
    systems = models.JSONField(default=list)
    brief = models.TextField(blank=True, default="", help_text="Sanitised HTML of the README.")
    hints = models.JSONField(default=list, help_text="Sanitised HTML, one text a hint.")
    published = models.BooleanField(_("published"), default=True)
    revision = models.ForeignKey("labs.LabRevision", null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[LabQuerySet] = LabQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("lab")
        verbose_name_plural = _("labs")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def current(self) -> LabRevision:
        """The revision to which a run that starts now is pinned."""
        assert self.revision is not None  # the loader saves both or neither
        return self.revision


class LabRevision(models.Model):
    """Everything that decides how a run goes and how it is judged. A run is pinned to its revision.

    `definition` holds `title lesson systems environment budget limits processes knobs commands files editable
    readonly solution checks measures starter_fails`: the values of lab.toml, the texts of files by name, and
    the id and title of each check and measure (see labs/README.md).
    """

    lab = models.ForeignKey(Lab, on_delete=models.PROTECT, related_name="revisions")
    digest = models.CharField(max_length=64, help_text="SHA-256 in hex of all that a run depends on.")
    definition = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("revision of a lab")
        verbose_name_plural = _("revisions of labs")
        constraints = [models.UniqueConstraint(fields=["lab", "digest"], name="lab_revision_digest")]

    def __str__(self) -> str:
        return self.digest[:12]

    @property
    def files(self) -> dict[str, str]:
        """Every starter file, name -> text, editable files first."""
        files: dict[str, str] = self.definition["files"]
        return {name: files[name] for name in (*self.definition["editable"], *self.definition["readonly"])}

    @property
    def limits(self) -> Limits:
        return Limits(**self.definition["limits"])

    @property
    def processes(self) -> tuple[ProcessSpec, ...]:
        return tuple(ProcessSpec(p["lane"], p["kind"], p["options"]) for p in self.definition["processes"])

    @property
    def commands(self) -> tuple[CommandSpec, ...]:
        return tuple(CommandSpec(c["action"], tuple(c["targets"])) for c in self.definition["commands"])

    def default_knobs(self) -> dict[str, Any]:
        return {knob["name"]: knob["default"] for knob in self.definition["knobs"]}

    def allows(self, action: str, target: str) -> bool:
        """May a learner give this command to this lane? A child (`worker-1/child`) is allowed with its
        lane.
        """
        lane = target.partition("/")[0]
        return any(
            c["action"] == action and {lane, target} & {*c["targets"]} for c in self.definition["commands"]
        )


class LabRecording(models.Model):
    """A recorded run of a lab, `starter` or `solution`. Pages show it where no jail can be made, and figures
    in lessons quote it.
    """

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="recordings")
    name = models.SlugField()
    packed = models.BinaryField()

    class Meta:
        verbose_name = _("recording of a lab")
        verbose_name_plural = _("recordings of labs")
        constraints = [models.UniqueConstraint(fields=["lab", "name"], name="lab_recording_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> list[str]:
        """One JSON object for each event, as in a trace."""
        return unpack(self.packed)

    @lines.setter
    def lines(self, lines: list[str]) -> None:
        self.packed = pack(lines)
