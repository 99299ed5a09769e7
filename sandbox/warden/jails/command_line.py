"""Bubblewrap's command line for one jail. It is passed through a descriptor, so no process list shows it."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.warden.environments import JAIL_CODE, JAIL_PYTHON, JAIL_VENV, OWN_MODULES, Environment

SIZE = 64 << 20
PASSWD = "root:x:0:0::/:/usr/sbin/nologin\nlab:x:1000:1000::/lab:/bin/sh\n"  # noqa: S105 (a file of user names)
GROUP = "root:x:0:\nlab:x:1000:\n"
HOSTS = "127.0.0.1 localhost lab\n::1 localhost\n"
START = (
    "import sys; sys.path.insert(0, {code!r}); "
    "from sandbox.inside.supervision.supervisor import main; main({control}, {valkey!r})"
)
NURSERY_START = (
    "import sys; sys.path.insert(0, {code!r}); "
    "from sandbox.inside.zygote.nursery import main; main({channel}, {seccomp}, {valkey!r})"
)
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SYS_CHROOT")
"""What it takes to enter a jail: rights in the nursery's own user namespace and those below it."""
CAT = "/usr/bin/cat"
HOLDER = f"{JAIL_CODE}/cat"


class Descriptors:
    """Descriptors from which bubblewrap reads, most of them pipes with data; closed after its start."""

    def __init__(self) -> None:
        self.open: list[int] = []

    def of(self, content: bytes) -> str:
        """The number of a descriptor from which `content` (at most a pipe's 64 KiB) can be read."""
        reading, writing = os.pipe()
        self.open.append(reading)
        os.write(writing, content)
        os.close(writing)
        return str(reading)

    def of_file(self, path: str) -> str:
        """The number of a descriptor of a file of any size. Raises `OSError`."""
        self.open.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        return str(self.open[-1])

    def close(self) -> None:
        """Close this process's ends. May be called again."""
        while self.open:
            os.close(self.open.pop())


def namespaces() -> list[str]:
    """The options for namespaces and the user id inside. `--disable-userns` needs the explicit
    `--unshare-user`.
    """
    unshared = ["--unshare-user", "--unshare-all", "--disable-userns"]
    unshared += ["--die-with-parent", "--new-session", "--clearenv"]
    return [*unshared, "--uid", "1000", "--gid", "1000", "--hostname", "lab"]


def system() -> list[str]:
    """The options that show the host's programs and libraries, read only."""
    links = [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin"), ("usr/sbin", "/sbin")]
    words = ["--ro-bind", "/usr", "/usr"]
    for target, link in links:
        words += ["--symlink", target, link]
    return [*words, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def files(descriptors: Descriptors) -> list[str]:
    """The options that write /etc/passwd, /etc/group and /etc/hosts."""
    words: list[str] = []
    for place, text in (("/etc/passwd", PASSWD), ("/etc/group", GROUP), ("/etc/hosts", HOSTS)):
        words += ["--ro-bind-data", descriptors.of(text.encode()), place]
    return words


def volumes(volume: Path | None) -> list[str]:
    """The writable folders: parts of the jail's volume, or, where it has none, one bounded tmpfs each."""
    places = {"shm": "/dev/shm", "tmp": "/tmp", "lab": "/lab", "run": "/run"}  # noqa: S108 (the jail's own)
    words: list[str] = []
    for name, place in places.items():
        if volume is not None:
            words += ["--bind", str(volume / name), place]
        else:
            mode = "0755" if name in ("lab", "run") else "1777"
            words += ["--perms", mode, "--size", str(SIZE), "--tmpfs", place]
    return words


def python(env: Environment, code: Path, descriptors: Descriptors) -> list[str]:
    """The interpreter, its packages and the sandbox's own code, at paths that reveal nothing of the host."""
    home = env.executable.parent if env.base is None else f"{JAIL_PYTHON}/bin"
    words: list[str] = []
    if env.base is not None:
        others = Path("lib", Path(env.jail_packages).parent.name, "site-packages")
        words = ["--ro-bind", str(env.base), JAIL_PYTHON]
        # Packages that were installed for the host's interpreter are covered by an empty folder.
        if (env.base / others).is_dir():
            words += ["--size", "4096", "--tmpfs", f"{JAIL_PYTHON}/{others}"]
            words += ["--remount-ro", f"{JAIL_PYTHON}/{others}"]
    words += ["--ro-bind", str(env.packages), env.jail_packages]
    # Without the second line, a virtual environment would use the packages of the interpreter, too.
    settings = f"home = {home}\ninclude-system-site-packages = false\n"
    words += ["--ro-bind-data", descriptors.of(settings.encode()), f"{JAIL_VENV}/pyvenv.cfg"]
    words += ["--symlink", env.jail_executable, f"{JAIL_VENV}/bin/python"]
    for name in (*OWN_MODULES, "inside"):
        words += ["--ro-bind", str(code / name), f"{JAIL_CODE}/sandbox/{name}"]
    words += ["--ro-bind-try", str(code / "__pycache__"), f"{JAIL_CODE}/sandbox/__pycache__"]
    return words


def environment(env: Environment) -> list[str]:
    """The environment variables of every process inside."""
    variables = {
        "PATH": f"{JAIL_VENV}/bin:/usr/bin:/bin",
        "HOME": "/lab",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    if env.has_shared_library:
        variables["LD_LIBRARY_PATH"] = f"{JAIL_PYTHON}/lib"
    return [word for name, value in variables.items() for word in ("--setenv", name, value)]


def holder(descriptors: Descriptors) -> list[str]:
    """The options for the program that waits in a jail which a zygote enters. It answers once, and ends with
    the warden's end of its input.

    It may be run but not read: the kernel shows nobody the memory and the descriptors of such a process.
    """
    return ["--perms", "0111", "--file", descriptors.of_file(CAT), HOLDER]


def packed(words: list[str]) -> bytes:
    """Options as `--args` wants them."""
    return b"".join(word.encode() + b"\0" for word in words)


def arguments(
    env: Environment,
    code: Path,
    volume: Path | None,
    seccomp: bytes | None,
    descriptors: Descriptors,
    *,
    is_entered: bool = False,
) -> bytes:
    """All options of a jail. Order matters: a tmpfs hides what was mounted below it before. `is_entered`: a
    zygote will enter it.
    """
    words = [*namespaces(), *system(), *files(descriptors), "--proc", "/proc", "--dev", "/dev"]
    # Process 1 is bubblewrap, which is dumpable. A program that wrote to its memory could make the jail
    # outlive the run, so its folder in /proc is covered.
    words += ["--size", "4096", "--perms", "0555", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1"]
    # A shared mapping of the real /dev/zero is memory that no process's numbers show.
    words += ["--dev-bind", "/dev/null", "/dev/zero"]
    words += [*volumes(volume), *python(env, code, descriptors)]
    if is_entered:
        words += holder(descriptors)
    if seccomp is not None:
        words += ["--seccomp", descriptors.of(seccomp)]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/lab", *environment(env)]
    return packed(words)


def program(env: Environment, control: int) -> list[str]:
    """What runs as process 2 of the jail."""
    start = START.format(code=JAIL_CODE, control=control, valkey=env.valkey)
    return [f"{JAIL_VENV}/bin/python", "-I", "-c", start]


def nursery_arguments(
    env: Environment,
    code: Path,
    seccomp: bytes,
    descriptors: Descriptors,
    *,
    uid: int,
    info: int,
    wait: int | None,
) -> bytes:
    """All options of a nursery. What its zygote has mapped has the same names in a jail.

    There is no /proc, because the nursery has no process namespace of its own, and no `--dev`, which would
    put the zygote below a second user namespace. Bubblewrap names its child through the descriptor `info`,
    and waits for `wait` where the warden maps the user ids.
    """
    apart = ["user", "ipc", "net", "uts", "cgroup-try"]
    words = [f"--unshare-{name}" for name in apart] + ["--die-with-parent", "--new-session", "--clearenv"]
    words += ["--uid", str(uid), "--gid", str(uid), "--hostname", "lab", "--info-fd", str(info)]
    if wait is not None:
        words += ["--userns-block-fd", str(wait)]
    words += [word for capability in CAPABILITIES for word in ("--cap-add", capability)]
    words += [*system(), *files(descriptors), "--size", "4096", "--perms", "0555", "--tmpfs", "/dev"]
    words += ["--dev-bind", "/dev/null", "/dev/null", "--dev-bind", "/dev/urandom", "/dev/urandom"]
    words += [*volumes(None), *python(env, code, descriptors), "--seccomp", descriptors.of(seccomp)]
    return packed([*words, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/lab", *environment(env)])


def nursery_program(env: Environment, channel: int, seccomp: int) -> list[str]:
    """What runs in a nursery. `seccomp` is a descriptor from which the filter of the jails can be read."""
    start = NURSERY_START.format(code=JAIL_CODE, channel=channel, seccomp=seccomp, valkey=env.valkey)
    return [f"{JAIL_VENV}/bin/python", "-I", "-c", start]
