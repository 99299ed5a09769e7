"""Reads single pages all over a huge empty mapping: the page tables fill memory, the pages do not."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory bomb, tables of pages"
REQUEST = program("""
import mmap, time
kept = []
for _ in range(6):
    space = mmap.mmap(-1, 100 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
    space.madvise(mmap.MADV_NOHUGEPAGE)
    kept.append(space)
    for place in range(0, len(space), 2 << 20):
        space[place]
    time.sleep(0.1)
time.sleep(60)
""")
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"
