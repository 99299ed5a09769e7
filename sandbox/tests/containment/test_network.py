import socket

import pytest

REACH = """
import socket
try:
    socket.create_connection(ADDRESS, timeout=1)
    print("reached")
except OSError:
    print("refused")
"""


@pytest.fixture
def open_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_of_the_host_cannot_be_reached(bench, open_port) -> None:
    assert bench.attack(f"ADDRESS = ('127.0.0.1', {open_port})" + REACH).texts() == ["refused"]


@pytest.mark.parametrize(
    "address", [("1.1.1.1", 53), ("169.254.169.254", 80), ("10.0.0.1", 80), ("::ffff:8.8.8.8", 53)]
)
def test_the_internet_cannot_be_reached(bench, address) -> None:
    assert bench.attack(f"ADDRESS = {address!r}" + REACH).texts() == ["refused"]


def test_an_abstract_socket_of_the_host_cannot_be_reached(bench) -> None:
    name = "\0backburner-test-abstract"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen(1)
        code = f"""
import socket
try:
    socket.socket(socket.AF_UNIX).connect({name!r})
    print("reached")
except OSError:
    print("refused")
"""
        assert bench.attack(code).texts() == ["refused"]


def test_only_unix_and_internet_sockets_can_be_made(bench) -> None:
    code = """
import socket
for family in (16, 17, 38, 40, 29, 31, 44):
    try:
        print("made", socket.socket(family, socket.SOCK_DGRAM))
    except OSError:
        pass
print("asked")
"""
    assert bench.attack(code).texts() == ["asked"]


def test_localhost_works_inside(bench) -> None:
    code = """
import socket
server = socket.create_server(("localhost", 0))
socket.create_connection(("localhost", server.getsockname()[1]))
print("works")
"""
    assert bench.attack(code).texts() == ["works"]
