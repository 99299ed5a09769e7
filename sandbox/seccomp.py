"""The system calls that a jail may not make, compiled to classic BPF for `bwrap --seccomp`.

`python -m sandbox.seccomp` writes `sandbox/warden/seccomp/<machine>.bpf`, which are shipped; a test compares them with
this table. Numbers are the kernel's (`asm/unistd_64.h` for x86_64, `asm-generic/unistd.h` for aarch64).
A call of another architecture (32-bit or x32) kills the process or does not exist.
"""

from __future__ import annotations

import errno
import struct
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "warden" / "seccomp"

_LOAD, _EQUAL, _ANY_BIT, _RETURN, _AT_LEAST = 0x20, 0x15, 0x45, 0x06, 0x35
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT, _FOURTH_ARGUMENT = 0, 4, 16, 24, 32, 40

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = tuple(AUDIT)

# name: (x86_64, aarch64); None where the machine has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    # looking into other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "kcmp": (312, 272), "process_madvise": (440, 440), "process_mrelease": (448, 448), "perf_event_open": (298, 241),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "shmdt": (67, 197), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183), "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185), "mlock": (149, 228), "mlock2": (325, 284), "mlockall": (151, 230),
    "remap_file_pages": (216, 234), "userfaultfd": (323, 282), "vmsplice": (278, 75),
    # a queue of events for each watcher, which no limit of a jail without a control group counts
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "inotify_rm_watch": (255, 28),
    # keys, programs in the kernel, queues of calls
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280), "seccomp": (317, 277),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "io_setup": (206, 0), "io_destroy": (207, 1), "io_submit": (209, 2), "io_cancel": (210, 3), "io_getevents": (208, 4),
    "io_pgetevents": (333, 292),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "statmount": (457, 457), "listmount": (458, 458),
    "open_tree_attr": (467, 467), "sysfs": (139, None), "ustat": (136, None),
    # the machine
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "create_module": (174, None), "query_module": (178, None), "get_kernel_syms": (177, None),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "syslog": (103, 116), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "vhangup": (153, 58), "nfsservctl": (180, 42), "lookup_dcookie": (212, 18), "uselib": (134, None), "_sysctl": (156, None),
    "afs_syscall": (183, None), "tuxcall": (184, None), "security": (185, None), "getpmsg": (181, None), "putpmsg": (182, None),
    "epoll_ctl_old": (214, None), "epoll_wait_old": (215, None), "vserver": (236, None),
    # clocks and names
    "clock_settime": (227, 112), "settimeofday": (164, 170), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "personality": (135, 92),
    # identities (bwrap has dropped every capability; these could only fail, and are named to say so)
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143), "setresuid": (117, 147),
    "setresgid": (119, 149), "setgroups": (116, 159), "setfsuid": (122, 151), "setfsgid": (123, 152), "capset": (126, 91),
    # files by handle, watchers of whole mounts, other placements
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    "set_mempolicy": (238, 237), "mbind": (237, 235), "get_mempolicy": (239, 236), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "set_mempolicy_home_node": (450, 450), "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445), "landlock_restrict_self": (446, 446), "cachestat": (451, 451),
    "lsm_get_self_attr": (459, 459), "lsm_set_self_attr": (460, 460), "lsm_list_modules": (461, 461),
    # priorities above those that a jail was given
    "ioprio_set": (251, 30), "sched_setattr": (314, 274), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
}  # fmt: skip

CLONE, CLONE3, SOCKET, SOCKETPAIR, IOCTL = (56, 220), (435, 435), (41, 198), (53, 199), (16, 29)
MMAP, SETSOCKOPT, FCNTL = (9, 222), (54, 208), (72, 25)
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
"""Memory that is shared and has no file stays in the kernel also when no process shows it any more."""
SOL_SOCKET, BUFFER_SIZES = 1, (7, 8)
"""SO_SNDBUF and SO_RCVBUF: the warden counts a jail's sockets, each with a buffer of the usual size."""
NEW_NAMESPACES = 0x7E020000 | 0x80
"""CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET and TIME."""
FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET, AF_INET6: every other family is refused."""
PROTOCOLS = (0, 6, 17)
"""Of internet sockets the usual one, TCP and UDP: to ask for another makes the kernel load the module that speaks it."""
LOCKS_OF_NO_PROCESS = (37, 38)
"""F_OFD_SETLK and F_OFD_SETLKW: the warden counts a jail's locks by the process that holds them."""
TERMINAL_TRICKS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX."""


Step = tuple[int, int, int, int]
"""Operation, value, and how many steps to jump over when the test holds and when it does not."""


def program(machine: str) -> bytes:
    """The filter for `x86_64` or `aarch64` as an array of `struct sock_filter`."""
    index = MACHINES.index(machine)
    code: list[bytes] = []

    def add(operation: int, value: int, yes: int = 0, no: int = 0) -> None:
        code.append(struct.pack("<HBBI", operation, yes, no, value))

    def add_all(steps: list[Step]) -> None:
        for step in steps:
            add(*step)

    add(_LOAD, _ARCHITECTURE)
    add(_EQUAL, AUDIT[machine], 1, 0)
    add(_RETURN, _KILL)
    add(_LOAD, _NUMBER)
    if machine == "x86_64":
        add(_AT_LEAST, 0x40000000, 0, 1)
        add(_RETURN, _ERRNO | errno.ENOSYS)
    for numbers in DENIED.values():
        number = numbers[index]
        if number is not None:
            add(_EQUAL, number, 0, 1)
            add(_RETURN, _ERRNO | errno.EPERM)
    add(_EQUAL, CLONE3[index], 0, 1)
    add(_RETURN, _ERRNO | errno.ENOSYS)  # the C library falls back to clone, whose flags can be read
    add_all(
        _when(
            CLONE[index],
            [(_LOAD, _FIRST_ARGUMENT, 0, 0), (_ANY_BIT, NEW_NAMESPACES, 0, 1), (_RETURN, _ERRNO | errno.EPERM, 0, 0)],
        )
    )
    for call, values, error in ((IOCTL, TERMINAL_TRICKS, errno.EPERM), (FCNTL, LOCKS_OF_NO_PROCESS, errno.EINVAL)):
        add_all(_when(call[index], [(_LOAD, _SECOND_ARGUMENT, 0, 0), *_none_of(values, error)]))
    shared = [(_ANY_BIT, MAP_ANONYMOUS, 0, 2), (_ANY_BIT, MAP_SHARED, 0, 1), (_RETURN, _ERRNO | errno.ENOMEM, 0, 0)]
    add_all(_when(MMAP[index], [(_LOAD, _FOURTH_ARGUMENT, 0, 0), *shared]))
    add_all(_sockets(index))
    add(_RETURN, _ALLOW)
    return b"".join(code)


def _sockets(index: int) -> list[Step]:
    """Families, protocols and the sizes of buffers."""
    larger = [
        (_EQUAL, SOL_SOCKET, 0, 4),
        (_LOAD, _THIRD_ARGUMENT, 0, 0),
        *_none_of(BUFFER_SIZES, errno.EPERM),
    ]
    sizes = _when(SETSOCKOPT[index], [(_LOAD, _SECOND_ARGUMENT, 0, 0), *larger])
    families = [(_LOAD, _FIRST_ARGUMENT, 0, 0), *_one_of(FAMILIES, errno.EAFNOSUPPORT)]
    protocols = [(_LOAD, _THIRD_ARGUMENT, 0, 0), *_one_of(PROTOCOLS, errno.EPROTONOSUPPORT)]
    of_internet = [(_LOAD, _FIRST_ARGUMENT, 0, 0), (_EQUAL, FAMILIES[0], len(protocols), 0), *protocols]
    return [*sizes, *_when(SOCKETPAIR[index], families), *_when(SOCKET[index], [*families, *of_internet])]


def _one_of(values: tuple[int, ...], error: int) -> list[Step]:
    """What was loaded has to be one of these, else the call fails."""
    tests = [(_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    return [*tests, (_RETURN, _ERRNO | error, 0, 0)]


def _none_of(values: tuple[int, ...], error: int) -> list[Step]:
    """What was loaded may be none of these, else the call fails."""
    last = len(values) - 1
    tests = [(_EQUAL, value, last - place, int(place == last)) for place, value in enumerate(values)]
    return [*tests, (_RETURN, _ERRNO | error, 0, 0)]


def _when(number: int, body: list[Step]) -> list[Step]:
    """`body` runs for one system call only; falling out of it allows the call."""
    return [(_EQUAL, number, 0, len(body) + 1), *body, (_RETURN, _ALLOW, 0, 0)]


def main() -> None:
    """Write the shipped programs."""
    FOLDER.mkdir(exist_ok=True)
    for machine in MACHINES:
        (FOLDER / f"{machine}.bpf").write_bytes(program(machine))


if __name__ == "__main__":
    main()
