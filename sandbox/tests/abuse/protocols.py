"""Opens internet sockets of rare protocols: the host's kernel would load a module for each."""

from sandbox.tests.abuse.syscalls import ALLOWED_CALL, attempt

FAMILY = "protocols beside TCP and UDP"
STREAM, DATAGRAM, PACKETS, DCCP = 1, 2, 5, 6
REQUEST = attempt(
    {
        f"socket {name}": (family, kind, number)
        for family in (2, 10)
        for name, kind, number in (
            (f"tcp {family}", STREAM, 6),
            (f"udp {family}", DATAGRAM, 17),
            (f"sctp {family}", STREAM, 132),
            (f"sctp packets {family}", PACKETS, 132),
            (f"dccp {family}", DCCP, 33),
            (f"mptcp {family}", STREAM, 262),
            (f"udplite {family}", DATAGRAM, 136),
            (f"l2tp {family}", DATAGRAM, 115),
            (f"icmp {family}", DATAGRAM, 1 if family == 2 else 58),
        )
    }
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    said = dict(seen.found["said"])
    useful = {name for name in said if name.split()[1:2] in (["tcp"], ["udp"])} | {ALLOWED_CALL}
    assert {said.pop(name) for name in useful} == {"allowed"}
    assert len(said) == 14
    assert set(said.values()) == {"EPROTONOSUPPORT"}, said
