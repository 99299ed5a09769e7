"""Kills the process of the run's own broker, which may end this run only."""

from sandbox.tests.abuse.harness import program

FAMILY = "kill of its broker's process"
REQUEST = program(
    """
import os, signal, bench
numbers = [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]
broker, = [number for number in numbers if "valkey" in open(f"/proc/{number}/comm").read()]
os.kill(broker, signal.SIGKILL)
bench.wait_for("lane-down", lane="broker", deadline=30)
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("lane-down", lane="broker", signal=9)
