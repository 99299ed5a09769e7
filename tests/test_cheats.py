"""Cheap cheats in the real jail: programs that do not do what a lab asks but report that they did."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from authoring.problems import Problems
from labs.catalog import loading
from labs.catalog.local_folder import CHECKS
from labs.runner.reference_runs import perform
from tests.cheats import (
    acks_and_crashes,
    anatomy_of_a_queue,
    celery_first_worker,
    forks_and_connections,
    in_process_lifetimes,
    loop_threads_gil,
    slow_request,
    visibility_timeout,
)
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(600)]
CONTENT = Path(settings.CONTENT)
LABS = {source.slug: source for source in loading.read(CONTENT, Problems())}

DRIVERS_OF_LEARNERS = {"visibility-timeout"}
"""Labs in which learners write how a task is sent, so that their driver has to run their code."""
CHEATS = {
    "slow-request": (
        {"web.py": slow_request.REFUSED_TO_NOBODY},
        {"everybody_is_let_in", "a_failure_stays_alone"},
    ),
    "slow-request: whom the services know is refused": (
        {"web.py": slow_request.REFUSED_TO_THE_FIRST},
        {"everybody_is_let_in", "a_failure_stays_alone"},
    ),
    "slow-request: three bare threads": (
        {"web.py": slow_request.BARE_THREADS},
        {"calls_are_background_tasks", "refusals_are_logged"},
    ),
    "slow-request: a sleeper beside a thread": (
        {"web.py": slow_request.SLEEPERS.replace("SECONDS", "2.5")},
        {"calls_are_background_tasks"},
    ),
    "slow-request: a long sleeper beside a thread": (
        {"web.py": slow_request.SLEEPERS.replace("SECONDS", "5")},
        {"calls_are_background_tasks"},
    ),
    "slow-request: a refusal is hushed up": (
        {"web.py": slow_request.REFUSAL_HUSHED_UP},
        {"refusals_are_logged"},
    ),
    "slow-request: an outage by signals": (
        {"web.py": slow_request.OUTAGE_BY_SIGNAL},
        {"answers_are_quick", "calls_are_background_tasks"},
    ),
    "loop-threads-gil": (
        {"report.py": loop_threads_gil.NOTHING_ADDED_UP},
        {"every_report_reaches_the_office"},
    ),
    "loop-threads-gil: added up after the pings": (
        {"report.py": loop_threads_gil.PUT_OFF},
        {"other_processes_add_up"},
    ),
    "loop-threads-gil: added up before the tills respond": (
        {"report.py": loop_threads_gil.ADDED_BEFORE},
        {"other_processes_add_up"},
    ),
    "loop-threads-gil: slow pings before the reports": (
        {"report.py": loop_threads_gil.SLOW_BEFORE},
        {"other_processes_add_up"},
    ),
    "loop-threads-gil: a second process answers the pings": (
        {"report.py": loop_threads_gil.PINGS_FROM_A_SECOND_PROCESS},
        {"web_answers_the_pings"},
    ),
    "loop-threads-gil: the reports are nice": (
        {"report.py": loop_threads_gil.NICE},
        {"pings_while_the_reports_add"},
    ),
    "loop-threads-gil: a thread that nobody waits for": (
        {"report.py": loop_threads_gil.BARE_THREADS},
        {"every_report_reaches_the_office"},
    ),
    "in-process-lifetimes: a pool of a hundred": (
        {"web.py": in_process_lifetimes.POOL_OF_100},
        {"orders_are_accepted"},
    ),
    "in-process-lifetimes: one session for the whole of it": (
        {"web.py": in_process_lifetimes.ONE_SESSION},
        {"every_mail_is_asked_for"},
    ),
    "in-process-lifetimes: everybody is lost": (
        {"web.py": in_process_lifetimes.EVERYBODY_IS_LOST},
        {"lost_names_the_lost"},
    ),
    "in-process-lifetimes: the server ends at once": (
        {"web.py": in_process_lifetimes.ENDS_AT_ONCE},
        {"released_mails_are_on_record"},
    ),
    "in-process-lifetimes: accepted and stored later": (
        {"web.py": in_process_lifetimes.STORED_LATER},
        {"orders_are_accepted"},
    ),
    "in-process-lifetimes: noted before it is sent": (
        {"web.py": in_process_lifetimes.NOTED_FIRST},
        {"released_mails_are_on_record"},
    ),
    "in-process-lifetimes: the last ones are lost": (
        {"web.py": in_process_lifetimes.LAST_ONES_ARE_LOST},
        {"lost_names_the_lost"},
    ),
    "in-process-lifetimes: a daemon sends": (
        {"web.py": in_process_lifetimes.A_DAEMON_SENDS},
        {"released_mails_are_on_record"},
    ),
    "celery-first-worker: the frozen broker is woken": (
        {**LABS["celery-first-worker"].definition["solution"], "web.py": celery_first_worker.BROKER_WOKEN},
        {"pings_are_answered_while_the_broker_is_frozen"},
    ),
    "celery-first-worker: the probe is stopped": (
        {**LABS["celery-first-worker"].definition["solution"], "web.py": celery_first_worker.PROBE_STOPPED},
        {"pings_are_answered_while_the_broker_is_frozen"},
    ),
    "celery-first-worker": (
        {
            "celery_app.py": 'from celery import Celery\napp = Celery("kettle", include=["tasks"])\n',
            "tasks.py": celery_first_worker.NOTHING,
            "web.py": celery_first_worker.WEB_DOES_IT,
        },
        {"every_order_is_packed_and_thanked"},
    ),
    "anatomy-of-a-queue: everything goes back every 100 ms": (
        anatomy_of_a_queue.EVERYTHING_EVERY_100_MS,
        {"no_label_is_printed_twice", "living_worker_keeps_its_label"},
    ),
    "anatomy-of-a-queue: each label is sent twice": (
        {**LABS["anatomy-of-a-queue"].definition["solution"], **anatomy_of_a_queue.EACH_LABEL_TWICE},
        {"no_label_is_printed_twice"},
    ),
    "anatomy-of-a-queue: a daemon prints": (
        anatomy_of_a_queue.A_DAEMON_PRINTS,
        {"every_label_is_printed"},
    ),
    "anatomy-of-a-queue: everything goes back at a start": (
        anatomy_of_a_queue.AT_EACH_START,
        {"living_worker_keeps_its_label"},
    ),
    "anatomy-of-a-queue: what is missing is printed again": (
        anatomy_of_a_queue.MISSING_AGAIN,
        {"broker_has_every_label"},
    ),
    "anatomy-of-a-queue: what is missing is sent again": (
        anatomy_of_a_queue.SENT_AGAIN,
        {"broker_has_every_label"},
    ),
    "anatomy-of-a-queue: the printer is released": (
        anatomy_of_a_queue.RELEASED,
        {"every_label_is_printed", "living_worker_keeps_its_label"},
    ),
    "anatomy-of-a-queue: by age": (
        anatomy_of_a_queue.BY_AGE,
        {"living_worker_keeps_its_label"},
    ),
    "forks-and-connections: each call opens a connection": (
        {"client.py": forks_and_connections.ONE_CALL_ONE_CONNECTION},
        {"connections_are_kept"},
    ),
    "forks-and-connections: a lock around the shared connection": (
        {"client.py": forks_and_connections.UNDER_A_LOCK},
        {"every_label_has_its_own_address", "no_connection_is_shared"},
    ),
    "forks-and-connections: asked again until it fits": (
        {"client.py": forks_and_connections.UNTIL_IT_FITS},
        {"no_connection_is_shared"},
    ),
    "forks-and-connections: no check at the start": (
        {"client.py": forks_and_connections.NOT_CHECKED},
        {"every_label_has_its_own_address", "no_connection_is_shared", "connections_are_kept"},
    ),
    "forks-and-connections: prices from the seed": (
        {"client.py": forks_and_connections.OWN_CONNECTIONS, "tasks.py": forks_and_connections.PRICES_DRAWN},
        {"every_price_is_right"},
    ),
    "forks-and-connections: asked until a loop fits": (
        {
            "client.py": forks_and_connections.OWN_CONNECTIONS,
            "tasks.py": forks_and_connections.UNTIL_A_LOOP_FITS,
        },
        {"every_price_is_right"},
    ),
    "forks-and-connections: one child instead of two": (
        {"client.py": forks_and_connections.ONE_CHILD},
        {"every_label_has_its_own_address", "no_connection_is_shared"},
    ),
    "acks-and-crashes": (
        {"tasks.py": acks_and_crashes.FLAGLESS},
        {"sale_survives_a_dead_child", "sale_survives_a_dead_worker", "label_is_tried_again_and_given_up"},
    ),
    "acks-and-crashes: a daemon books the sale": (
        {"tasks.py": acks_and_crashes.DAEMON},
        {"sale_survives_a_dead_child", "sale_survives_a_dead_worker"},
    ),
    "acks-and-crashes: others crash": (
        {"tasks.py": acks_and_crashes.CRASHES_OF_OTHERS},
        {"label_is_tried_again_and_given_up"},
    ),
    "visibility-timeout: a daemon reserves": (
        {"settings.py": visibility_timeout.EARLY_ACKS, "tasks.py": visibility_timeout.NIGHT_DAEMON},
        {"killed_task_restarts", "nothing_is_lost"},
    ),
    "visibility-timeout: a thread reminds": (
        {
            **LABS["visibility-timeout"].definition["solution"],
            "tasks.py": visibility_timeout.REMINDED_BY_A_THREAD,
        },
        {"one_reminder_on_time", "nothing_is_lost"},
    ),
    "visibility-timeout": (
        {
            "settings.py": visibility_timeout.EARLY_ACKS,
            "tasks.py": visibility_timeout.OF_NO_MONTH + visibility_timeout.ASKED_AGAIN,
        },
        {"killed_task_restarts", "nothing_is_lost"},
    ),
}


@pytest.fixture(autouse=True)
def warden(product: Product, settings) -> None:
    product.wait_ready()
    settings.WARDEN_SOCKET = product.runtime / "warden.sock"


def imported(files: dict[str, str], name: str) -> set[str]:
    """The lab's files that this one imports, and those that they import."""
    nodes = list(ast.walk(ast.parse(files[name])))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    direct = {f"{module}.py" for module in named} & set(files)
    return direct.union(*(imported(files, other) for other in direct))


@pytest.mark.parametrize("slug", sorted(LABS))
def test_only_a_driver_that_has_to_imports_what_learners_write(slug: str) -> None:
    definition = LABS[slug].definition
    written = imported(definition["files"], "driver.py") & set(definition["editable"])
    assert bool(written) == (slug in DRIVERS_OF_LEARNERS), written


def test_every_lab_has_three_cheats_or_more() -> None:
    at = Counter(name.partition(":")[0] for name in CHEATS)
    assert set(at) == set(LABS)
    assert min(at.values()) >= 3, at


GUESSES = {"in-process-lifetimes: the last ones are lost": 4}
"""Cheats that guess what the driver draws, and in how many runs in a row they may not be right: two of six
e-mails are guessed once in 15 runs.
"""


@pytest.mark.parametrize("name", sorted(CHEATS))
def test_a_cheat_does_not_pass_what_it_cheats_at(name: str) -> None:
    files, targets = CHEATS[name]
    slug = name.partition(":")[0]
    source = LABS[slug]
    cheating = replace(source, definition={**source.definition, "solution": files})
    checks = (CONTENT / "labs" / slug / CHECKS).read_text()
    for _ in range(GUESSES.get(name, 1)):
        found = perform(cheating, checks, solved=True)
        if targets <= set(found.failed):
            return
    raise AssertionError(found.judgement.checks)
