"""Bubblewrap's command line for one jail. It goes through a descriptor: the process list shows none of it."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.warden.environments import JAIL_CODE, JAIL_PYTHON, JAIL_VENV, Environment

SIZE = 64 << 20
PASSWD = "root:x:0:0::/:/usr/sbin/nologin\nlab:x:1000:1000::/lab:/bin/sh\n"  # noqa: S105 (a file of user names)
GROUP = "root:x:0:\nlab:x:1000:\n"
HOSTS = "127.0.0.1 localhost lab\n::1 localhost\n"
START = (
    "import sys; sys.path.insert(0, {code!r}); from sandbox.inside.supervisor import main; main({control}, {valkey!r})"
)


class Descriptors:
    """Pipes filled with text that bubblewrap reads; to be closed after the start."""

    def __init__(self) -> None:
        self.open: list[int] = []

    def of(self, content: bytes) -> str:
        """The number of a descriptor from which `content` (at most a pipe's 64 KiB) can be read."""
        reading, writing = os.pipe()
        self.open.append(reading)
        os.write(writing, content)
        os.close(writing)
        return str(reading)

    def close(self) -> None:
        """Ours are no longer needed."""
        for descriptor in self.open:
            os.close(descriptor)


def namespaces() -> list[str]:
    """What is unshared, and who we are in it. `--disable-userns` needs the explicit `--unshare-user`."""
    apart = ["--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"]
    return [*apart, "--uid", "1000", "--gid", "1000", "--hostname", "lab"]


def system() -> list[str]:
    """The host's programs and libraries, read only."""
    links = [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin"), ("usr/sbin", "/sbin")]
    words = ["--ro-bind", "/usr", "/usr"]
    for target, link in links:
        words += ["--symlink", target, link]
    return [*words, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def files(descriptors: Descriptors) -> list[str]:
    """Who is who, and `localhost`."""
    words: list[str] = []
    for place, text in (("/etc/passwd", PASSWD), ("/etc/group", GROUP), ("/etc/hosts", HOSTS)):
        words += ["--ro-bind-data", descriptors.of(text.encode()), place]
    return words


def volumes(volume: Path | None) -> list[str]:
    """The writable folders: parts of the jail's own bounded mount, or tmpfs mounts of a bounded size each."""
    places = {"shm": "/dev/shm", "tmp": "/tmp", "lab": "/lab", "run": "/run"}  # noqa: S108 (the jail's own)
    words: list[str] = []
    for name, place in places.items():
        if volume is not None:
            words += ["--bind", str(volume / name), place]
        else:
            words += ["--perms", "0755" if name in ("lab", "run") else "1777", "--size", str(SIZE), "--tmpfs", place]
    return words


def python(env: Environment, code: Path, descriptors: Descriptors) -> list[str]:
    """The interpreter, its packages and our own code, at places that say nothing of the host."""
    home = env.executable.parent if env.base is None else f"{JAIL_PYTHON}/bin"
    words: list[str] = []
    if env.base is not None:  # the interpreter without what else was installed for it
        others = Path("lib", Path(env.jail_packages).parent.name, "site-packages")
        words = ["--ro-bind", str(env.base), JAIL_PYTHON]
        if (env.base / others).is_dir():
            words += ["--size", "4096", "--tmpfs", f"{JAIL_PYTHON}/{others}"]
            words += ["--remount-ro", f"{JAIL_PYTHON}/{others}"]
    words += ["--ro-bind", str(env.packages), env.jail_packages]
    # Without its second line a virtual environment has the packages of the host's interpreter, too.
    settings = f"home = {home}\ninclude-system-site-packages = false\n"
    words += ["--ro-bind-data", descriptors.of(settings.encode()), f"{JAIL_VENV}/pyvenv.cfg"]
    words += ["--symlink", env.jail_executable, f"{JAIL_VENV}/bin/python"]
    for name in ("__init__.py", "protocol.py", "caps.py", "lines.py", "inside"):
        words += ["--ro-bind", str(code / name), f"{JAIL_CODE}/sandbox/{name}"]
    words += ["--ro-bind-try", str(code / "__pycache__"), f"{JAIL_CODE}/sandbox/__pycache__"]
    return words


def environment(env: Environment) -> list[str]:
    """The variables of everything inside."""
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


def arguments(
    env: Environment, code: Path, volume: Path | None, seccomp: bytes | None, descriptors: Descriptors
) -> bytes:
    """All options, as `--args` wants them. Order matters: a tmpfs hides what was mounted beneath it before."""
    words = [*namespaces(), *system(), *files(descriptors), "--proc", "/proc", "--dev", "/dev"]
    # Process 1 is bubblewrap's and not ours to close to its siblings: who writes in its memory could have it outlive the run.
    words += ["--size", "4096", "--perms", "0555", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1"]
    words += ["--dev-bind", "/dev/null", "/dev/zero"]  # to map it shared is to have memory that no process shows
    words += [*volumes(volume), *python(env, code, descriptors)]
    if seccomp is not None:
        words += ["--seccomp", descriptors.of(seccomp)]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/lab", *environment(env)]
    return b"\0".join(word.encode() for word in words) + b"\0"


def program(env: Environment, control: int) -> list[str]:
    """What runs as process 2 of the jail."""
    start = START.format(code=JAIL_CODE, control=control, valkey=env.valkey)
    return [f"{JAIL_VENV}/bin/python", "-I", "-c", start]
