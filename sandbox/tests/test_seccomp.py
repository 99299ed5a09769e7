"""The shipped filters."""

from __future__ import annotations

import struct

import pytest

from sandbox.seccomp import DENIED, FOLDER, MACHINES, program


@pytest.mark.parametrize("machine", MACHINES)
def test_the_shipped_bytes_are_those_of_the_table(machine) -> None:
    assert (FOLDER / f"{machine}.bpf").read_bytes() == program(machine)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_jump_stays_within_the_program(machine) -> None:
    steps = list(struct.iter_unpack("<HBBI", program(machine)))
    assert len(steps) > 200
    for place, (operation, yes, no, _) in enumerate(steps):
        if operation & 0x07 == 0x05:
            assert place + 1 + max(yes, no) < len(steps)
    assert steps[-1] == (0x06, 0, 0, 0x7FFF0000)


def test_no_number_is_named_twice() -> None:
    for index in range(len(MACHINES)):
        numbers = [pair[index] for pair in DENIED.values() if pair[index] is not None]
        assert len(numbers) == len(set(numbers))
