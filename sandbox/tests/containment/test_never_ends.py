import pytest

IGNORE_ALL = """
import signal, time
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\nwhile True: time.sleep(9)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        IGNORE_ALL + "while True: time.sleep(9)",
        "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
    ],
    ids=["spins", "sleeps", "stops itself", "ignores signals", "holds the lock in C"],
)
def test_a_run_that_never_ends_is_ended_by_the_clock(bench, code) -> None:
    ran = bench.attack(code, wall=1.5)
    assert (ran.outcome, ran.reason) == ("timed_out", "The run took longer than 1.5 s.")


def test_every_core_spins(bench) -> None:
    ran = bench.attack("import os\nfor _ in range(4): os.fork()\nwhile True: pass", wall=2.0)
    assert ran.outcome == "timed_out"
