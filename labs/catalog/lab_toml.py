"""lab.toml: which keys it may have, and the definition that a revision pins."""

from __future__ import annotations

import re
from typing import Any

from authoring import frontmatter
from authoring.fields import Fields
from authoring.problems import Problems, nearest
from labs.catalog import process_options
from sandbox.process_kinds import PROCESS_KINDS, SYSTEMS
from sandbox.protocol import LANE, TRACE_EVENTS, Action

ENVIRONMENTS = ("main", "arq")
WALL_PER_BUDGET = 1.5
LONGEST_BUDGET = 60.0
BROKER = "broker"


class LabToml:
    """Reads one lab.toml. Every problem is added to `problems`."""

    def __init__(self, table: dict[str, Any], text: str, file: str, problems: Problems) -> None:
        self.text, self.file, self.problems = text, file, problems
        self.top = Fields(table, file, problems, lambda key: frontmatter.line_of(text, key))
        named = [table.get(key) for key in ("editable", "readonly")]
        self.modules = process_options.modules_of(
            file for files in named if isinstance(files, list) for file in files
        )

    def read(self) -> dict[str, Any]:
        """The definition without files and checks, with the `summary`, which decides nothing of a run."""
        top = self.top
        budget = self.number(top, "budget", low=1, high=LONGEST_BUDGET)
        definition: dict[str, Any] = {
            "title": top.text("title", longest=120),
            "summary": top.text("summary", longest=300, required=False),
            "lesson": top.slug("lesson"),
            "systems": top.texts("systems"),
            "environment": top.text("environment", longest=20, among=ENVIRONMENTS),
            "budget": budget,
            "editable": top.texts("editable", most=20),
            "readonly": top.texts("readonly", fewest=0, most=20, required=False),
            "starter_fails": top.texts("starter_fails", fewest=0, required=False),
            "limits": self.limits(budget),
            "processes": self.processes(),
            "knobs": self.knobs(),
        }
        definition["commands"] = self.commands({process["lane"] for process in definition["processes"]})
        if definition["environment"] not in ("", *ENVIRONMENTS):
            top.refuse(
                "environment",
                f'unknown environment "{definition["environment"]}"',
                f"use one of {ENVIRONMENTS}",
            )
        for system in definition["systems"]:
            if system not in SYSTEMS:
                top.refuse("systems", f'unknown system "{system}"', nearest(system, SYSTEMS))
        top.done()
        return definition

    def number(
        self, fields: Fields, key: str, *, low: float, high: float, default: float | None = None
    ) -> float:
        """The number of this key. Any other value than a number from `low` to `high` is reported."""
        fields.asked.add(key)
        value = fields.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            fields.refuse(
                key, f'"{key}" is not a number from {low} to {high}', f"write {key} = a number in that range"
            )
            return low
        return value

    def limits(self, budget: float) -> dict[str, Any]:
        self.top.asked.add("limits")
        wall = budget * WALL_PER_BUDGET
        table = self.top.table.get("limits", {})
        if not isinstance(table, dict):
            self.top.refuse("limits", '"limits" is not a table', "write it as [limits]")
            table = {}
        start = frontmatter.line_of(self.text, "limits")
        fields = Fields(
            table, self.file, self.problems, lambda key: frontmatter.line_of(self.text, key, after=start)
        )
        limits = {
            "wall": self.number(fields, "wall", low=1, high=LONGEST_BUDGET * WALL_PER_BUDGET, default=wall),
            "memory_mb": fields.whole("memory_mb", low=64, high=1024, required=False, default=320),
            "events": fields.whole(
                "events", low=100, high=TRACE_EVENTS, required=False, default=TRACE_EVENTS
            ),
        }
        if abs(limits["wall"] - wall) > 0.01:
            fields.refuse("wall", f"wall is not {WALL_PER_BUDGET} times the budget", f"write wall = {wall:g}")
        fields.done()
        return limits

    def each(self, key: str) -> list[Fields]:
        """The tables `[[key]]`, each knowing its lines."""
        starts = [
            n
            for n, line in enumerate(self.text.splitlines(), 1)
            if re.match(rf"\s*\[\[\s*{key}\s*\]\]", line)
        ]
        tables = self.top.tables(key)
        starts += [1] * (len(tables) - len(starts))

        def fields(table: dict[str, Any], start: int) -> Fields:
            return Fields(
                table,
                self.file,
                self.problems,
                lambda name: frontmatter.line_of(self.text, name, after=start),
            )

        return [fields(table, start) for table, start in zip(tables, starts, strict=False)]

    def processes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for fields in self.each("process"):
            # Folders written before the key was named `kind` say `run`.
            named = "run" if "run" in fields.table and "kind" not in fields.table else "kind"
            lane, kind = fields.text("lane", longest=32), fields.text(named, among=PROCESS_KINDS)
            options = {key: value for key, value in fields.table.items() if key not in ("lane", named)}
            if lane and (not LANE.match(lane) or "/" in lane or lane == BROKER):
                fields.refuse(
                    "lane", f'"{lane}" cannot be the name of a lane', "use small letters, digits and hyphens"
                )
            if lane in {process["lane"] for process in found}:
                fields.refuse("lane", f'two processes have the lane "{lane}"', "give each its own")
            self.check_kind(fields, named, kind, options)
            fields.done()
            found.append({"lane": lane, "kind": kind, "options": options})
        if not any(process["lane"] == "driver" for process in found):
            self.top.refuse(
                "process",
                "no process has the lane driver",
                'add [[process]] lane = "driver", kind = "python"',
            )
        return found

    def check_kind(self, fields: Fields, named: str, kind: str, options: dict[str, Any]) -> None:
        """Compare a process with its row of the table; `named` is the key that names its kind."""
        row = PROCESS_KINDS.get(kind)
        if row is None:
            if kind:
                fields.refuse(named, f'unknown kind of process "{kind}"', nearest(kind, PROCESS_KINDS))
            fields.asked |= set(options)  # nothing is known of its keys, so none is called wrong
            return
        process_options.report(fields, kind, options, self.modules)
        accepted = row.accepted_options
        fields.asked |= set(accepted)
        for key, value in options.items():
            if key in accepted and not accepted[key].accepts(value):
                fields.refuse(
                    key, f'"{key}" is not {accepted[key].value}', f"write {key} = {accepted[key].value}"
                )

    def knobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for fields in self.each("knob"):
            knob = {
                "name": fields.text("name", longest=40),
                "label": fields.text("label", longest=80),
                "kind": fields.text("kind", among=KNOB_KINDS),
                "help": fields.text("help", longest=200, required=False),
            }
            if knob["name"] and not knob["name"].isidentifier():
                fields.refuse(
                    "name", f'"{knob["name"]}" cannot name a knob', "use letters, digits and underscores"
                )
            knob |= self._range(fields, knob["kind"])
            if knob["name"] in {other["name"] for other in found}:
                fields.refuse("name", f'two knobs are named "{knob["name"]}"', "give each its own name")
            fields.done()
            found.append(knob)
        return found

    def _range(self, fields: Fields, kind: str) -> dict[str, Any]:
        given = {key: fields.table.get(key) for key in ("min", "max", "step", "choices", "default", "unit")}
        fields.asked |= set(given)
        knob = {key: value for key, value in given.items() if value is not None}
        if kind not in KNOB_KINDS:
            if kind:
                fields.refuse("kind", f'unknown kind of knob "{kind}"', nearest(kind, KNOB_KINDS))
            return knob
        for key in KNOB_KINDS[kind]:
            if key not in knob:
                fields.refuse(key, f'a knob of kind {kind} needs "{key}"', f"write {key} = ...")
                return knob
            if key in ("min", "max") and (
                isinstance(knob[key], bool) or not isinstance(knob[key], int | float)
            ):
                fields.refuse(key, f'"{key}" is not a number', f"write {key} = a number")
                return knob
        if wrong := knob_refuses({**knob, "kind": kind}, knob["default"]):
            fields.refuse("default", f"the default {wrong}", "fix the default or the range")
        return knob

    def commands(self, lanes: set[str]) -> list[dict[str, Any]]:
        found = []
        for fields in self.each("command"):
            action, targets = fields.text("action", among=list(Action)), fields.texts("targets", most=20)
            if action and action not in set(Action):
                fields.refuse("action", f'unknown action "{action}"', nearest(action, list(Action)))
            for target in targets:
                if target.partition("/")[0] not in {*lanes, BROKER}:
                    fields.refuse(
                        "targets", f'no process has the lane "{target}"', nearest(target, {*lanes, BROKER})
                    )
            fields.done()
            found.append({"action": action, "targets": targets})
        return found


KNOB_KINDS = {
    "int": ("min", "max", "default"),
    "float": ("min", "max", "default"),
    "bool": ("default",),
    "choice": ("choices", "default"),
}


def knob_refuses(knob: dict[str, Any], value: Any) -> str | None:
    """Why a knob does not accept a value, as the end of a sentence; None when it does."""
    match knob["kind"]:
        case "bool":
            return None if isinstance(value, bool) else "is not true or false"
        case "choice":
            choices = knob["choices"]
            known = isinstance(choices, list) and any(type(c) is type(value) and c == value for c in choices)
            return None if known else f"is not one of {choices}"
        case "int":
            is_number = isinstance(value, int) and not isinstance(value, bool)
        case _:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
    low, high = knob["min"], knob["max"]
    whole = "a whole number" if knob["kind"] == "int" else "a number"
    return None if is_number and low <= value <= high else f"is not {whole} from {low} to {high}"
