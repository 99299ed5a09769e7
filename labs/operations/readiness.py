"""What a run needs before it can start: the database, the broker, and a runner with a warden."""

from __future__ import annotations

from celery import current_app
from django.db import Error, connections
from django.utils.translation import gettext_noop

from labs.live.heartbeats import fresh_runners
from labs.valkey import Unreachable

BROKER_WITHIN = 1
SILENT = gettext_noop("does not respond")
FAILURES = {
    gettext_noop("refuses our name or password"): (
        "password",
        "authentication",
        "noauth",
        "wrongpass",
        "access_refused",
    ),
    gettext_noop("is loading its data"): ("loading",),
    gettext_noop("accepts no writes"): ("readonly", "read only"),
    gettext_noop("does not respond in time"): ("timeout", "timed out"),
    gettext_noop("has an address that cannot be resolved"): (
        "gaierror",
        "name or service not known",
        "could not translate host name",
    ),
}
"""What a part does when a request to it fails -> words that its error then contains."""


def readiness() -> dict[str, str]:
    """`database`, `broker` and `runner` -> "ok", or a few words on what is wrong."""
    return {"database": _database(), "broker": _broker(), "runner": _runner()}


def failure_words(error: Exception) -> str:
    """What is wrong with the part that raised this, for people. Each library has its own classes of errors
    and wraps those of others, so this looks at names and texts along the whole chain.
    """
    texts = ""
    cause: BaseException | None = error
    while cause is not None:
        texts += f" {type(cause).__name__} {cause}".lower()
        cause = cause.__cause__ or cause.__context__
    return next((words for words, signs in FAILURES.items() if any(sign in texts for sign in signs)), SILENT)


def _database() -> str:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return failure_words(error)
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_read(connect_timeout=BROKER_WITHIN) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_WITHIN)
    except Exception as error:  # each transport raises its own
        return failure_words(error)
    return "ok"


def _runner() -> str:
    try:
        runners = fresh_runners()
    except Unreachable as error:
        return f"heartbeats cannot be read: Valkey {failure_words(error)}"
    if not runners:
        return "no runner has a fresh heartbeat"
    if not any(runner["warden"] for runner in runners.values()):
        return "no runner reaches its warden"
    return "ok"
