"""Keeps shared memory without a file and unmaps it: the kernel keeps the pages, and no process shows them."""

from sandbox.tests.abuse.harness import program

FAMILY = "shared memory that no process shows"
REQUEST = program("""
import mmap, os
ways = {"nothing": -1, "zero": os.open("/dev/zero", os.O_RDWR)}
for name, number in ways.items():
    kept = []
    try:
        for _ in range(60):
            part = mmap.mmap(number, 16 << 20, flags=mmap.MAP_SHARED)
            for place in range(0, len(part), 4096):
                part[place] = 1
            part.madvise(mmap.MADV_DONTNEED)
            kept.append(part)
    except OSError:
        pass
    bench.mark("found", **{name: len(kept)})
    kept.clear()
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert (seen.found["nothing"], seen.found["zero"]) == (0, 0)
