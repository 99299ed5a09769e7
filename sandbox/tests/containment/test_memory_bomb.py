import pytest

GROW = "kept = []\nwhile True: kept.append(bytearray(8 << 20))\n"
SHARED = "import mmap\nkept = []\nwhile True:\n    m = mmap.mmap(-1, 8 << 20)\n    m[:] = b'x' * (8 << 20)\n    kept.append(m)\n"


def test_one_process_that_grows(bench) -> None:
    ran = bench.attack(GROW)
    assert ran.outcome in {"error", "over_limit"}
    assert "emory" in ran.reason


@pytest.mark.parametrize("code", [GROW, SHARED], ids=["private", "shared"])
def test_many_processes_that_grow_together(bench, code) -> None:
    ran = bench.attack("import os\nfor _ in range(2): os.fork()\n" + code)
    assert (ran.outcome, ran.reason) == ("over_limit", "The run used more than 320 MiB of memory.")


def test_shared_memory_in_one_process(bench) -> None:
    ran = bench.attack(SHARED)
    assert (ran.outcome, ran.reason) == ("over_limit", "The run used more than 320 MiB of memory.")
