"""`manage.py check`, which also says which protections the jails of this host have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register
from django.core.checks.registry import registry
from django.core.management.commands import check

from config.operations.checks import protections


class Command(check.Command):
    """Django's command with one more check, tagged `protections`.

    Other commands run system checks too, and must not wait for a warden. So the check is registered only
    while this command runs.
    """

    def handle(self, *labels: Any, **options: Any) -> None:
        def said(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
            return list(protections(deploy=options["deploy"]))

        register(said, "protections")
        try:
            super().handle(*labels, **options)
        finally:
            registry.registered_checks.discard(said)
