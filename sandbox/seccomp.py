"""The system calls that a jail may not make, compiled to classic BPF for `bwrap --seccomp`.

`python -m sandbox.seccomp` writes the programs `sandbox/warden/seccomp/<machine>.bpf`, which the repository
contains; a test compares them with this table. Numbers are the kernel's (`asm/unistd_64.h` for x86_64,
`asm-generic/unistd.h` for aarch64).
"""

from __future__ import annotations

import errno
import struct
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "warden" / "seccomp"

_LOAD, _EQUAL, _ANY_BIT, _RETURN, _AT_LEAST = 0x20, 0x15, 0x45, 0x06, 0x35
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
# Offsets in `struct seccomp_data`; arguments are 64 bits wide, and the filter loads their lower halves.
_NUMBER, _ARCHITECTURE = 0, 4
_FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT, _FOURTH_ARGUMENT = 16, 24, 32, 40

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = tuple(AUDIT)

# name: (x86_64, aarch64); None where the machine has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    # looking into other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "perf_event_open": (298, 241),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "shmdt": (67, 197), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183), "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    "mlock": (149, 228), "mlock2": (325, 284), "mlockall": (151, 230), "remap_file_pages": (216, 234),
    "userfaultfd": (323, 282), "vmsplice": (278, 75),
    # event queues of watchers, which nothing counts in a jail without a control group
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "inotify_rm_watch": (255, 28),
    # keys, programs in the kernel, queues of calls
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "seccomp": (317, 277), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "io_setup": (206, 0), "io_destroy": (207, 1), "io_submit": (209, 2),
    "io_cancel": (210, 3), "io_getevents": (208, 4), "io_pgetevents": (333, 292),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "statmount": (457, 457), "listmount": (458, 458),
    "open_tree_attr": (467, 467), "sysfs": (139, None), "ustat": (136, None),
    # the machine
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "create_module": (174, None),
    "query_module": (178, None), "get_kernel_syms": (177, None), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "vhangup": (153, 58), "nfsservctl": (180, 42), "lookup_dcookie": (212, 18), "uselib": (134, None),
    "_sysctl": (156, None), "afs_syscall": (183, None), "tuxcall": (184, None), "security": (185, None),
    "getpmsg": (181, None), "putpmsg": (182, None), "epoll_ctl_old": (214, None),
    "epoll_wait_old": (215, None), "vserver": (236, None),
    # clocks and names
    "clock_settime": (227, 112), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "personality": (135, 92),
    # user ids (bwrap has dropped every capability, so these would fail anyway)
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159), "setfsuid": (122, 151),
    "setfsgid": (123, 152), "capset": (126, 91),
    # files by handle, watchers of whole mounts, other placements
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263), "set_mempolicy": (238, 237), "mbind": (237, 235),
    "get_mempolicy": (239, 236), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "set_mempolicy_home_node": (450, 450), "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445), "landlock_restrict_self": (446, 446), "cachestat": (451, 451),
    "lsm_get_self_attr": (459, 459), "lsm_set_self_attr": (460, 460), "lsm_list_modules": (461, 461),
    # priorities above the jail's
    "ioprio_set": (251, 30), "sched_setattr": (314, 274), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
}  # fmt: skip

OF_NURSERIES = frozenset({"setns", "setresuid", "setresgid", "capset"})
"""What a nursery may call: its children enter a jail, and take the whole filter there."""

CLONE, CLONE3, SOCKET, SOCKETPAIR, IOCTL = (56, 220), (435, 435), (41, 198), (53, 199), (16, 29)
MMAP, SETSOCKOPT, FCNTL, PRLIMIT = (9, 222), (54, 208), (72, 25), (302, 261)
SENDTO, SENDMSG, SENDMMSG = (44, 206), (46, 211), (307, 269)
FIRST_UNKNOWN = 468
"""The number after the last call that was reviewed, on all machines. Newer ones do not exist here."""
MAP_SHARED, MAP_ANONYMOUS, MAP_GROWSDOWN = 0x01, 0x20, 0x100
"""The first two are refused together: shared memory without a file can exist in the kernel while no process
maps it. The third is refused: maps that grow downward are memory that RLIMIT_DATA does not count.
"""
SOL_SOCKET, REFUSED_OPTIONS = 1, (7, 8, 60)
"""SO_SNDBUF and SO_RCVBUF: the warden counts each socket of a jail with the default buffer. SO_ZEROCOPY pins
pages that jails of one zygote share.
"""
MSG_OOB = 1
"""Out-of-band data, whose code in the kernel has had faults that gave rights; no program here needs it."""
NEW_NAMESPACES = 0x7E020000 | 0x80
"""CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET and TIME."""
FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET, AF_INET6. Every other family is refused."""
PROTOCOLS = (0, 6, 17)
"""For internet sockets: the default, TCP and UDP. A request for another makes the kernel load its module."""
REFUSED_OF_FILES = (37, 38, 1024, 1026)
"""F_OFD_SETLK and F_OFD_SETLKW: no process holds these locks, and the warden counts locks by process.
F_SETLEASE makes others wait for up to 45 s who open the file; F_NOTIFY watches folders, uncounted.
"""
TERMINAL_TRICKS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX write input into a terminal, which may be the host's."""


Step = tuple[int, int, int, int]
"""Operation, value, and how many steps to skip when the test holds and when it does not."""


def program(machine: str, allowed: frozenset[str] = frozenset()) -> bytes:
    """The filter for `x86_64` or `aarch64` as an array of `struct sock_filter`. `allowed` names calls of
    `DENIED` that this one does not deny.
    """
    index = MACHINES.index(machine)
    steps = [*_other_architectures(machine), *_denied(index, allowed), *_by_argument(index), *_sockets(index)]
    steps.append((_RETURN, _ALLOW, 0, 0))
    return b"".join(struct.pack("<HBBI", operation, yes, no, value) for operation, value, yes, no in steps)


def _other_architectures(machine: str) -> list[Step]:
    """Kill a process that makes a 32-bit call: its numbers mean other calls. Calls of x32, whose numbers are
    above all others, and calls that nobody has reviewed do not exist.
    """
    steps = [(_LOAD, _ARCHITECTURE, 0, 0), (_EQUAL, AUDIT[machine], 1, 0), (_RETURN, _KILL, 0, 0)]
    steps.append((_LOAD, _NUMBER, 0, 0))
    return [*steps, (_AT_LEAST, FIRST_UNKNOWN, 0, 1), (_RETURN, _ERRNO | errno.ENOSYS, 0, 0)]


def _denied(index: int, allowed: frozenset[str]) -> list[Step]:
    """The calls of the table but those allowed, and clone3."""
    steps: list[Step] = []
    for name, numbers in DENIED.items():
        number = numbers[index]
        if number is not None and name not in allowed:
            steps += [(_EQUAL, number, 0, 1), (_RETURN, _ERRNO | errno.EPERM, 0, 0)]
    # clone3 has its flags in memory, where no filter can read them. With ENOSYS the C library uses clone.
    return [*steps, (_EQUAL, CLONE3[index], 0, 1), (_RETURN, _ERRNO | errno.ENOSYS, 0, 0)]


def _by_argument(index: int) -> list[Step]:
    """Calls that are denied for some arguments only."""
    namespaces = [(_ANY_BIT, NEW_NAMESPACES, 0, 1), (_RETURN, _ERRNO | errno.EPERM, 0, 0)]
    maps = [
        (_ANY_BIT, MAP_GROWSDOWN, 0, 1),
        (_RETURN, _ERRNO | errno.ENOMEM, 0, 0),
        (_ANY_BIT, MAP_ANONYMOUS, 0, 2),
        (_ANY_BIT, MAP_SHARED, 0, 1),
        (_RETURN, _ERRNO | errno.ENOMEM, 0, 0),
    ]
    urgent = [(_ANY_BIT, MSG_OOB, 0, 1), (_RETURN, _ERRNO | errno.EOPNOTSUPP, 0, 0)]
    of_others = [(_EQUAL, 0, 1, 0), (_RETURN, _ERRNO | errno.EPERM, 0, 0)]
    second, third, fourth = (
        (_LOAD, at, 0, 0) for at in (_SECOND_ARGUMENT, _THIRD_ARGUMENT, _FOURTH_ARGUMENT)
    )
    return [
        *_when(CLONE[index], [(_LOAD, _FIRST_ARGUMENT, 0, 0), *namespaces]),
        *_when(IOCTL[index], [second, *_none_of(TERMINAL_TRICKS, errno.EPERM)]),
        *_when(FCNTL[index], [second, *_none_of(REFUSED_OF_FILES, errno.EINVAL)]),
        *_when(MMAP[index], [fourth, *maps]),
        *_when(PRLIMIT[index], [(_LOAD, _FIRST_ARGUMENT, 0, 0), *of_others]),
        *_when(SENDTO[index], [fourth, *urgent]),
        *_when(SENDMMSG[index], [fourth, *urgent]),
        *_when(SENDMSG[index], [third, *urgent]),
    ]


def _sockets(index: int) -> list[Step]:
    """Socket families, protocols and options."""
    which = [(_LOAD, _THIRD_ARGUMENT, 0, 0), *_none_of(REFUSED_OPTIONS, errno.EPERM)]
    of_sockets = [(_LOAD, _SECOND_ARGUMENT, 0, 0), (_EQUAL, SOL_SOCKET, 0, len(which)), *which]
    sizes = _when(SETSOCKOPT[index], of_sockets)
    families = [(_LOAD, _FIRST_ARGUMENT, 0, 0), *_one_of(FAMILIES, errno.EAFNOSUPPORT)]
    protocols = [(_LOAD, _THIRD_ARGUMENT, 0, 0), *_one_of(PROTOCOLS, errno.EPROTONOSUPPORT)]
    of_internet = [(_LOAD, _FIRST_ARGUMENT, 0, 0), (_EQUAL, FAMILIES[0], len(protocols), 0), *protocols]
    return [*sizes, *_when(SOCKETPAIR[index], families), *_when(SOCKET[index], [*families, *of_internet])]


def _one_of(values: tuple[int, ...], error: int) -> list[Step]:
    """The loaded value has to be one of these, else the call fails."""
    tests = [(_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    return [*tests, (_RETURN, _ERRNO | error, 0, 0)]


def _none_of(values: tuple[int, ...], error: int) -> list[Step]:
    """The loaded value may be none of these, else the call fails."""
    last = len(values) - 1
    tests = [(_EQUAL, value, last - place, int(place == last)) for place, value in enumerate(values)]
    return [*tests, (_RETURN, _ERRNO | error, 0, 0)]


def _when(number: int, body: list[Step]) -> list[Step]:
    """`body` runs for one system call only; the call is allowed if `body` does not refuse it."""
    return [(_EQUAL, number, 0, len(body) + 1), *body, (_RETURN, _ALLOW, 0, 0)]


def main() -> None:
    """Write the shipped programs."""
    FOLDER.mkdir(exist_ok=True)
    for machine in MACHINES:
        (FOLDER / f"{machine}.bpf").write_bytes(program(machine))


if __name__ == "__main__":
    main()
