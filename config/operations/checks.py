"""System checks of the configuration, each with an id and a hint; docs/operating.md lists them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register

from config.operations.up import lab_environments
from labs.runner.warden_client import status

SOCKET_PATH_LIMIT = 107


@register()
def check_configuration(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """All checks of this site. Each part yields what is wrong and how to fix it."""
    return [*_folders(), *_addresses(), *_labs(), *_secrets()]


def _folders() -> Iterator[CheckMessage]:
    state = Path(settings.STATE)
    nearest = next(folder for folder in (state, *state.parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        yield Error(
            f"The state folder {state} cannot be written.",
            hint="Set BACKBURNER_STATE to a writable folder.",
            id="backburner.E001",
        )
    if len(str(Path(settings.RUNTIME) / "supervisor.sock")) > SOCKET_PATH_LIMIT:
        yield Error(
            f"The folder for sockets {settings.RUNTIME} has a path that is too long for unix sockets.",
            hint="Set BACKBURNER_RUNTIME to a short path.",
            id="backburner.E002",
        )
    if not (Path(settings.CONTENT) / "course.toml").is_file():
        yield Error(
            f"There is no course in {settings.CONTENT}.",
            hint="Set BACKBURNER_CONTENT to a folder with course.toml.",
            id="backburner.E003",
        )


def _addresses() -> Iterator[CheckMessage]:
    if settings.CELERY_BROKER_URL.startswith("unix://"):
        yield Error(
            "CELERY_BROKER_URL is in redis-py's spelling, which kombu does not read.",
            hint="Write redis+socket:///path/to.sock?virtual_host=1",
            id="backburner.E004",
        )
    if not settings.REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
        yield Error(
            f"REDIS_URL has a scheme that redis-py does not read: {settings.REDIS_URL.split(':')[0]}.",
            hint="Write redis://host:6379/0 or unix:///path/to.sock?db=0",
            id="backburner.E005",
        )
    if settings.HTTPS and "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS allows every host name.", hint="Name the site's host names.", id="backburner.E006"
        )
    origin = urlsplit(settings.SITE_ORIGIN)
    wanted = ("https",) if settings.HTTPS else ("http", "https")
    if origin.scheme not in wanted or not origin.hostname or origin.path or origin.query:
        yield Error(
            f"SITE_ORIGIN is not the origin of this site: {settings.SITE_ORIGIN}.",
            hint="Write the scheme and the host, such as https://course.example.org",
            id="backburner.E007",
        )


def _labs() -> Iterator[CheckMessage]:
    missing = [
        f"{name} ({path})"
        for name, path in lab_environments().items()
        if not (path / "bin" / "python").exists()
    ]
    if missing and Path(settings.WARDEN_SOCKET).parent == Path(settings.RUNTIME):
        yield Warning(
            f"The labs' environment is missing: {', '.join(missing)}. Labs show recordings only.",
            hint="Run `make install`, or set BACKBURNER_SANDBOX_VENV.",
            id="backburner.W001",
        )
    if settings.LABS_GUEST_RUNS and settings.HTTPS:
        yield Warning(
            "Guests may start runs on a public site.",
            hint="Unset LABS_GUEST_RUNS unless that is meant; quotas for each address still hold.",
            id="backburner.W002",
        )


def protections(*, deploy: bool) -> Iterator[CheckMessage]:
    """What this host's warden reports about its jails; only for `manage.py check`.

    A missing warden is normal on a developer's machine. With `deploy` it is a warning.
    """
    said = status()
    if said is None and not deploy:
        yield Info(
            "No warden runs here now, so the protections are unknown.",
            hint=f"Start the site and check again. The warden's socket is {settings.WARDEN_SOCKET}.",
            id="backburner.I001",
        )
    elif said is None:
        yield Warning(
            f"No warden answers at {settings.WARDEN_SOCKET}: nobody can run labs on this host.",
            hint="Start it, as docs/operating.md says under Parts. A host that serves pages only needs none.",
            id="backburner.W006",
        )
    elif said.mode != "jail":
        yield Warning(
            f"The warden makes no jail, so labs show recordings: {said.sentence}",
            hint="docs/operating.md says how to let it, under “When labs show recordings only”.",
            id="backburner.W006",
        )
    else:
        lines = [f"{name:{max(map(len, said.protections))}}  {one}" for name, one in said.protections.items()]
        yield Info("\n\t".join(["Protections of the jail in force here:", *lines]), id="backburner.I001")
        for name, one in said.weak.items():
            yield Warning(
                f"The jail's protection “{name}” is {one}.",
                hint="docs/security.md says what each protection needs.",
                id="backburner.W005",
            )


def _secrets() -> Iterator[CheckMessage]:
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 16:
        yield Warning(
            "METRICS_TOKEN is short enough to guess.", hint="Use 16 characters or more.", id="backburner.W003"
        )
    if settings.HTTPS and not os.environ.get("SECRET_KEY"):
        yield Warning(
            "SECRET_KEY is not set, so each host makes its own and sessions do not carry over.",
            hint="Set SECRET_KEY to the same long random text on every host.",
            id="backburner.W004",
        )
