"""Putting a warden together: look at the machine once, say which protections are in force."""

from __future__ import annotations

from pathlib import Path

from sandbox import seccomp
from sandbox.protocol import Force, Protection, WardenStatus
from sandbox.warden import cgroups, environments, ground, probe
from sandbox.warden.jail import Workshop

CODE = Path(__file__).resolve().parent.parent


def build(folders: dict[str, Path], pool: int, keep_visible: list[Path]) -> tuple[Workshop | None, WardenStatus]:
    """The workshop for jails, None where none can be made; then the status's `sentence` says why."""
    names = tuple(folders)
    try:
        if not folders:
            raise environments.Unusable("Labs cannot run here: no environment was named.")
        found = {name: environments.find(name, folder) for name, folder in folders.items()}
    except environments.Unusable as error:
        return None, WardenStatus("replay", 0, pool, 0, names, {}, str(error))
    for env in found.values():
        environments.compile_inside(env.executable, CODE)
    groups = cgroups.find()
    laid = ground.lay(probe.candidates(), CODE, found, [CODE, *keep_visible])
    probed = probe.probe(laid.bwraps)
    if probed.bwrap is None:
        return None, WardenStatus("replay", 0, pool, 0, names, {}, probed.sentence)
    workshop = Workshop(laid, probed.bwrap, groups, probe.seccomp_program())
    return workshop, WardenStatus("jail", 0, pool, 0, names, protections(laid, groups))


def protections(laid: ground.Ground, groups: cgroups.Cgroups) -> dict[str, Protection]:
    """Each protection, how far it holds and by what."""

    def full(words: str) -> Protection:
        return Protection(Force.FULL, words)

    def weaker(words: str) -> Protection:
        return Protection(Force.WEAKER, words)

    namespaces = "user, mount, process, network, ipc, host name and control group, by bubblewrap"
    mounts = full("private to the warden") if laid.private else weaker("made by bubblewrap alone")
    return {
        "namespaces": full(namespaces),
        "user": full("each jail has a user id of its own")
        if laid.is_root
        else weaker("jails run as the warden's own unprivileged user"),
        "mounts": Protection(Force.OFF, laid.sentence) if laid.sentence else mounts,
        "system calls": full(f"{len(seccomp.DENIED)} denied, and every socket family but unix and internet"),
        "disk": full(f"{ground.DISK >> 20} MiB")
        if laid.private
        else weaker("64 MiB a folder, no bound on all of them"),
        "inodes": full(f"bounded by the kernel, {ground.INODES:,}")
        if laid.private
        else weaker("watched every 0.1 s from inside, every 0.2 s by the warden"),
        "network": full("a loopback of its own, nothing else"),
        **groups.protections(),
    }
