"""Values of options of a process that no run could use: an unknown pool, a module or a route's key."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from authoring.fields import Fields
from authoring.problems import nearest

POOLS = ("prefork", "threads", "solo")
ROUTE_KEYS = ("path", "method", "seconds", "status", "json", "idempotent", "fail", "fail_status", "keep")


def modules_of(files: Iterable[Any]) -> set[str]:
    """The dotted names of the modules among a lab's files."""
    names = [file.removesuffix(".py") for file in files if isinstance(file, str) and file.endswith(".py")]
    return {name.removesuffix("/__init__").replace("/", ".") for name in names}


def report(fields: Fields, kind: str, options: dict[str, Any], modules: Collection[str]) -> None:
    """Report what can be known without a run. A knob in place of a value is what the learner chooses."""
    pool, app, routes = options.get("pool"), options.get("app"), options.get("routes")
    if kind == "celery-worker" and isinstance(pool, str) and pool not in POOLS:
        fields.refuse("pool", f'"pool" has no value "{pool}"', nearest(pool, POOLS))
    if isinstance(app, str):
        module = app.partition(":")[0]
        # Celery accepts the name of an attribute behind a dot as well.
        if not {module, module.rpartition(".")[0]} & set(modules):
            fields.refuse("app", f'there is no module "{module}"', nearest(module, modules))
    if kind == "stub" and isinstance(routes, list):
        for key in {key for route in routes if isinstance(route, dict) for key in route}:
            if key not in ROUTE_KEYS and key != "knob":
                fields.refuse("routes", f'a route has no key "{key}"', nearest(key, ROUTE_KEYS))
