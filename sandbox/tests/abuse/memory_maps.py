"""Cuts a mapping into tens of thousands and forks: the kernel's records of maps fill memory that no process
shows.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "memory in maps without pages"
REQUEST = program("""
import ctypes, os, time
PAGE, MAPS = 4096, 60000
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
space = libc.mmap(None, MAPS * PAGE, 0, 0x22, -1, 0)
for number in range(0, MAPS, 2):
    if libc.mprotect(space + number * PAGE, PAGE, 1):
        break
for _ in range(100):
    if os.fork() == 0:
        time.sleep(60)
bench.mark("found", every="fork")
time.sleep(60)
""")
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"


def contained(seen) -> None:
    assert "every" not in seen.found
