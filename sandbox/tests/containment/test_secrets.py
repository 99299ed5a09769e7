import os
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent.parent.parent


def test_no_environment_shows_anything_of_the_host(bench) -> None:
    code = """
import os
for pid in sorted(p for p in os.listdir('/proc') if p.isdigit()):
    for name in ('environ', 'cmdline'):
        try: print(pid, name, open(f'/proc/{pid}/{name}', 'rb').read())
        except OSError: pass
"""
    ran = bench.attack(code)
    text = "\n".join(ran.texts())
    assert "1 environ b''" in text
    assert str(BASE) not in text
    assert "PATH=/opt/venv/bin" not in text.partition("1 cmdline")[0]


def test_no_descriptor_of_the_host_is_open(bench) -> None:
    code = """
import os
for fd in sorted(map(int, os.listdir('/proc/self/fd'))):
    try: print(fd, os.readlink(f'/proc/self/fd/{fd}'))
    except OSError: pass
"""
    lines = bench.attack(code).texts()
    kinds = [line.split(" ", 1)[1] for line in lines]
    assert all(kind.startswith(("pipe:", "/dev/null", "socket:", "/proc/")) for kind in kinds), kinds
    assert len([kind for kind in kinds if kind.startswith("socket:")]) == 1


@pytest.mark.parametrize(
    "place",
    [
        "/etc/shadow",
        "/root",
        "/home",
        "/var",
        "/etc/hostname",
        "/mnt",
        str(BASE),
        "/sys",
        "/boot",
        "/srv",
        "/usr/../root",
    ],
)
def test_no_place_of_the_host_can_be_seen(bench, place) -> None:
    assert bench.attack(f"import os\nprint(os.path.exists({place!r}))").texts() == ["False"]


def test_only_the_jails_own_processes_can_be_seen(bench) -> None:
    ran = bench.attack("import os\nprint(max(int(p) for p in os.listdir('/proc') if p.isdigit()) < 100, os.getppid())")
    assert ran.texts() == ["True 2"]


def test_what_one_run_leaves_the_next_does_not_find(bench) -> None:
    leave = "import os\nfor p in ('/tmp', '/lab', '/dev/shm', '/run'): open(p + '/left', 'w').close()"
    bench.attack(leave)
    look = "import os\nprint([p for p in ('/tmp', '/lab', '/dev/shm', '/run') if os.path.exists(p + '/left')])"
    assert bench.attack(look).texts() == ["[]"]


def test_our_own_names_are_not_in_the_kernel_tables(bench) -> None:
    ran = bench.attack("import os, socket\nprint(socket.gethostname(), os.getuid(), os.getgid(), os.getgroups())")
    assert ran.texts()[0].startswith("lab 1000 1000")
    assert os.uname().nodename not in ran.texts()[0]
