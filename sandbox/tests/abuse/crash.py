"""Crashes the interpreter."""

from sandbox.tests.abuse.harness import program

FAMILY = "crash of the interpreter"
REQUEST = program("import ctypes\nctypes.string_at(0)\n")
ENDS = {"error"}
SAYS = "signal 11"


def contained(seen) -> None:
    assert seen.ran.of("lane-down", lane="driver", signal=11)
