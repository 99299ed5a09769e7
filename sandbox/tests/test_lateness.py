"""How late the supervisor's timer was: arithmetic on given times."""

from __future__ import annotations

from sandbox.inside.supervision.lateness import EVERY, GRAIN, Lateness
from sandbox.jail_lines import read


def begun() -> Lateness:
    lateness = Lateness()
    lateness.begin(100.0)
    return lateness


def test_a_poll_that_returns_before_the_timer_is_due_measures_nothing() -> None:
    lateness = begun()
    lateness.fired(100.0, 100.0 + EVERY / 2)
    assert lateness.due == 100.0 + EVERY
    assert lateness.summary()["total"] == 0.0


def test_what_passes_after_the_due_time_is_late_and_the_worst_is_kept() -> None:
    lateness = begun()
    for late in (0.0, 0.2, 0.1):
        lateness.fired(lateness.due - EVERY, lateness.due + late + GRAIN)
    found = lateness.summary()
    assert (found["worst"], found["total"]) == (0.2, 0.3)


def test_what_the_supervisor_did_itself_is_not_late() -> None:
    lateness = begun()
    lateness.fired(105.0, 105.0 + GRAIN)  # it worked for five seconds and then waited
    assert lateness.summary()["total"] == 0.0


def test_a_busy_second_is_reported_and_its_end_once() -> None:
    lateness = begun()
    reported = []
    for late in (0.3, 0.0, 0.0, 0.0):
        waited_since = lateness.due - EVERY
        reported.append(lateness.fired(waited_since + 1.0, waited_since + 1.0 + late + GRAIN))
    assert [data and data["worst"] for data in reported] == [0.3, 0.0, None, None]


def test_the_end_of_a_run_carries_numbers_only() -> None:
    def lateness_of(text: str) -> object:
        line = f'{{"end": {{"outcome": "finished", "reason": "", "lateness": {text}}}}}'
        return read(line.encode())["end"]["lateness"]

    good = '{"worst": 0.1, "total": 2, "pressure": null}'
    assert lateness_of(good) == {"worst": 0.1, "total": 2, "pressure": None}
    assert lateness_of('{"worst": "<b>", "total": 2}') == {}
    assert lateness_of('{"worst": -1, "total": 2}') == {}
    assert lateness_of("7") == {}
