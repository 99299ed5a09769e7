import ast
import platform

from sandbox.seccomp import DENIED, MACHINES

INDEX = MACHINES.index(platform.machine())
CALL = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *words):
    ctypes.set_errno(0)
    result = libc.syscall(number, *words)
    return errno.errorcode.get(ctypes.get_errno(), "none") if result < 0 else "DONE"
"""
ATTEMPT = """
import os, stat
def attempt(what):
    try:
        what()
        print("done")
    except OSError:
        print("refused")
"""


def test_every_denied_call_is_denied(bench) -> None:
    numbers = {name: pair[INDEX] for name, pair in DENIED.items() if pair[INDEX] is not None}
    assert len(numbers) > 100
    ask = f"""
for name, number in {numbers!r}.items():
    if (said := call(number, 0, 0, 0, 0, 0, 0)) != "EPERM":
        print(name, said)
print("asked")
"""
    assert bench.attack(CALL + ask).texts() == ["asked"]


def test_no_namespace_can_be_made_by_clone(bench) -> None:
    clone, clone3 = (56, 435) if INDEX == 0 else (220, 435)
    flags = (0x10000000, 0x20000, 0x40000000, 0x20000000)
    ask = f"print([call({clone}, flag | 17, 0, 0, 0, 0) for flag in {flags!r}], call({clone3}, 0, 0))"
    assert bench.attack(CALL + ask).texts() == ["['EPERM', 'EPERM', 'EPERM', 'EPERM'] ENOSYS"]


def test_no_program_gains_rights(bench) -> None:
    names = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")
    ran = bench.attack(f"print([line.split()[1] for line in open('/proc/self/status') if line.startswith({names!r})])")
    nothing = "0" * 16
    assert ast.literal_eval(ran.texts()[0]) == [nothing] * 5 + ["1"]


def test_no_letter_is_typed_into_a_terminal(bench) -> None:
    ask = """
import fcntl
for call in (0x5412, 0x541C):
    attempt(lambda: fcntl.ioctl(0, call, b"x"))
"""
    assert bench.attack(ATTEMPT + ask).texts() == ["refused", "refused"]


def test_no_device_can_be_made(bench) -> None:
    ask = 'attempt(lambda: os.mknod("/lab/d", stat.S_IFBLK | 0o600, os.makedev(8, 0)))'
    assert bench.attack(ATTEMPT + ask).texts() == ["refused"]


def test_the_devices_are_the_harmless_ones(bench) -> None:
    ran = bench.attack("import os\nprint(sorted(os.listdir('/dev')))")
    harmless = "console core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"
    assert set(ast.literal_eval(ran.texts()[0])) <= set(harmless.split())


def test_the_priority_cannot_be_raised(bench) -> None:
    assert bench.attack(ATTEMPT + "attempt(lambda: os.nice(-5))").texts() == ["refused"]


def test_a_crash_of_the_interpreter_is_a_death_by_signal(bench) -> None:
    ran = bench.attack("import ctypes\nctypes.string_at(0)")
    assert ran.outcome == "error"
    assert ran.of("lane-down", lane="driver")[0]["data"]["signal"] == 11
