"""Assemble a warden: inspect the machine once and report which protections are in force."""

from __future__ import annotations

from pathlib import Path

from sandbox import seccomp
from sandbox.protocol import Force, Protection, WardenStatus
from sandbox.warden import environments, probe
from sandbox.warden.jails import control_groups, host_layout, leftovers
from sandbox.warden.jails.settings import JailSettings

CODE = Path(__file__).resolve().parent.parent


def build(
    folders: dict[str, Path], pool: int, keep_visible: list[Path], *, has_zygotes: bool = True
) -> tuple[JailSettings | None, WardenStatus]:
    """The settings for jails; None where no jail can be made, and then the status's `sentence` says why."""
    names = tuple(folders)
    try:
        if not folders:
            raise environments.UnusableEnvironment("Labs cannot run here: no environment was named.")
        found = {name: environments.find(name, folder) for name, folder in folders.items()}
    except environments.UnusableEnvironment as error:
        return None, WardenStatus("replay", 0, pool, 0, names, {}, str(error))
    for env in found.values():
        environments.compile_inside(env.executable, CODE)
    leftovers.end_all()
    groups = control_groups.find()
    layout = host_layout.prepare(probe.candidates(), CODE, found, [CODE, *keep_visible])
    probed = probe.probe(layout.bwraps)
    if probed.bwrap is None:
        return None, WardenStatus("replay", 0, pool, 0, names, {}, probed.sentence)
    settings = JailSettings(layout, probed.bwrap, groups, probe.seccomp_program(), has_zygotes)
    return settings, WardenStatus("jail", 0, pool, 0, names, protections(layout, groups))


def protections(
    layout: host_layout.HostLayout, groups: control_groups.ControlGroups
) -> dict[str, Protection]:
    """Each protection, how far it holds and by what."""

    def full(words: str) -> Protection:
        return Protection(Force.FULL, words)

    def weaker(words: str) -> Protection:
        return Protection(Force.WEAKER, words)

    namespaces = "user, mount, process, network, ipc, host name and control group, by bubblewrap"
    mounts = full("private to the warden") if layout.private else weaker("made by bubblewrap alone")
    user = weaker("jails run as the warden's own unprivileged user")
    disk = weaker("64 MiB a folder, no bound on all of them")
    inodes = weaker("watched every 0.1 s from inside, every 0.2 s by the warden")
    if layout.is_root:
        user = full("each jail has a user id of its own")
    if layout.private:
        disk = full(f"{host_layout.DISK >> 20} MiB")
        inodes = full(f"bounded by the kernel, {host_layout.INODES:,}")
    return {
        "namespaces": full(namespaces),
        "user": user,
        "mounts": Protection(Force.OFF, layout.sentence) if layout.sentence else mounts,
        "system calls": full(f"{len(seccomp.DENIED)} denied, and every socket family but unix and internet"),
        "disk": disk,
        "inodes": inodes,
        "network": full("a loopback of its own, nothing else"),
        **groups.protections(),
    }
