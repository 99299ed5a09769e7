import pytest

FIND = "import os, signal, time\n"


@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGSEGV"])
def test_the_supervisor_is_killed(bench, number) -> None:
    ran = bench.attack(FIND + f"os.kill(2, signal.{number}); time.sleep(5)")
    assert (ran.outcome, ran.reason) == (
        "error",
        "The bench's supervisor in the jail was ended by the code of this run.",
    )


def test_the_supervisor_is_stopped(bench) -> None:
    ran = bench.attack(FIND + "os.kill(2, signal.SIGSTOP); time.sleep(60)", wall=20)
    assert (ran.outcome, ran.reason) == (
        "error",
        "The bench's supervisor in the jail was stopped by the code of this run.",
    )


def test_everything_that_can_be_signalled_is(bench) -> None:
    ran = bench.attack(FIND + "os.kill(-1, signal.SIGKILL); time.sleep(5)")
    assert ran.outcome == "error"


def test_process_1_cannot_be_killed_from_inside(bench) -> None:
    ran = bench.attack(FIND + "os.kill(1, signal.SIGKILL); time.sleep(0.2); print('still here')")
    assert ran.texts() == ["still here"]


@pytest.mark.parametrize("what", ["environ", "mem", "maps", "fd/0", "cwd", "root", "syscall", "stack", "auxv"])
def test_the_supervisor_cannot_be_looked_into(bench, what) -> None:
    code = f"import os\ntry: os.open('/proc/2/{what}', os.O_RDONLY); print('open')\nexcept OSError: print('refused')"
    assert bench.attack(code).texts() == ["refused"]


def test_its_descriptors_cannot_be_taken(bench) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
pidfd = libc.syscall(434, 2, 0)
print(pidfd >= 0, [libc.syscall(438, pidfd, fd, 0) for fd in range(12)] == [-1] * 12)
"""
    assert bench.attack(code).texts()[0].endswith("True")


def test_its_own_broker_is_killed(bench) -> None:
    ran = bench.attack(
        "import os, signal, bench\nos.kill(3, signal.SIGKILL)\nbench.wait_for('lane-down', lane='broker')"
    )
    assert ran.outcome == "finished"
    assert ran.of("lane-down", lane="broker")[0]["data"]["signal"] == 9
