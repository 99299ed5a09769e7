"""What the end of the driver's process means for the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.inside.supervision.lane import Lane
from sandbox.protocol import End


def end_of_run(
    driver: Lane, exited: dict[str, Any], *, commanded: bool, missing: str = ""
) -> tuple[End, str]:
    """Outcome and reason. The run is finished if the driver exited with 0 or a command ended it; otherwise it
    is an error in a file of the lab. `exited` has `exit` and `signal`; `missing` is what `never_up` says.
    """
    if driver.fatal:
        return End.ERROR, driver.fatal
    if missing and exited["exit"] == 0:
        return End.ERROR, missing
    if exited["exit"] == 0 or commanded:
        return End.FINISHED, ""
    return End.ERROR, f"The driver ended early: {driver.last_line or exit_in_words(exited)}"


def never_up(lanes: Mapping[str, Lane], missed: Mapping[str, float]) -> str:
    """The sentence for the first lane that a driver waited for and that has never been up; "" for none.

    `missed` has the seconds that the driver waited, by lane.
    """
    for name, seconds in missed.items():
        lane = lanes.get(name)
        if lane is None or lane.is_up or lane.starts != 1 or lane.pid is None:
            continue  # it came up later, a command started it, or its end has been reported
        if lane.importing:
            return f"{name} did not come up in {seconds:g} s: {lane.importing} is still being imported."
        return f"{name} did not come up in {seconds:g} s: its process is running, but it is not ready yet."
    return ""


def exit_in_words(exited: dict[str, Any]) -> str:
    """`exit status 3` or `signal 9`."""
    return f"signal {exited['signal']}" if exited["signal"] is not None else f"exit status {exited['exit']}"
