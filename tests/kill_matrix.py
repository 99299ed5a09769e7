"""`make kill-matrix [CELLS="web warden:running"]`: kill -9 each part of the product at each stage of a run,
and account for every run.

For each cell: the run ends as contracted, `event: end` reaches a viewer who was there from the start, `seq`
has no gap and no double, and no process of a jail outlives its warden (read from /proc, not from our own
events).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.tests.abuse.watch import ancestors, is_alive, warden_above
from tests.product import Product, Viewer, Visitor

LAB = "acks-and-crashes"
VICTIMS = ("web", "runner", "worker", "warden", "jail", "valkey")
STAGES = ("queued", "starting", "running", "ending")
EXPECTED = {"passed", "failed_checks", "error", "lost"}
GRACE_AFTER_WALL = 90.0


@dataclass
class Row:
    victim: str
    stage: str
    outcome: str = ""
    claims: int = 0
    seconds: float = 0.0
    end_seen: bool = False
    whole: bool = False
    survivors: int = 0

    @property
    def good(self) -> bool:
        return self.outcome in EXPECTED and self.end_seen and self.whole and self.survivors == 0


def namespace(pid: int | str) -> str:
    with contextlib.suppress(OSError):
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    return ""


def jailed() -> dict[int, str]:
    """Process id -> pid namespace of everything on this machine that lives in another pid namespace than
    ours.

    What has ended and waits for the machine's first process to take note of it does not live.
    """
    ours = namespace("self")
    found = {int(p.name): namespace(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()}
    return {pid: space for pid, space in found.items() if space not in ("", ours) and is_alive(pid)}


def own_jails(product: Product) -> dict[int, str]:
    """Process id -> pid namespace of every jailed process beneath this product's living warden."""
    warden = product.pid("warden")
    return {pid: space for pid, space in jailed().items() if warden in ancestors(pid)}


def orphans(spaces: set[str]) -> set[int]:
    """Processes of the jails in `spaces` that no living warden is an ancestor of.

    The kernel gives the name of an empty namespace to the next one, so a jail in `spaces` may belong to this
    product's new warden, or to another product on this machine.
    """
    return {pid for pid, space in jailed().items() if space in spaces and not warden_above(pid)}


def survivors(spaces: set[str], *, within: float = 30.0) -> set[int]:
    """The orphans that are left: a process that was killed may take some time to go on a busy machine."""
    until = time.monotonic() + within
    while (left := orphans(spaces)) and time.monotonic() < until:
        time.sleep(0.1)
    return left


def running_jail(product: Product) -> int:
    """The first process inside the jail with the most processes: the one that runs a lab, not a warm one."""
    spaces: dict[str, list[int]] = {}
    for pid, space in own_jails(product).items():
        spaces.setdefault(space, []).append(pid)
    busiest = max(spaces.values(), key=len)
    return min(busiest)


def hold(product: Product, stage: str) -> list[int]:
    """Stop what would carry a run past `stage`; returns the process ids to let go afterwards."""
    parts = {"queued": ["runner"], "starting": ["warden"]}.get(stage, [])
    stopped = [product.pid(part) for part in parts]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    return stopped


def reach(stage: str, visitor: Visitor, viewer: Viewer, run: str) -> None:
    if stage == "queued":
        visitor.wait_for(run, "queued")
    elif stage == "starting":
        visitor.wait_for(run, "starting")
    elif stage == "running":
        viewer.wait_for("task-started")
    else:
        viewer.wait_for("lane-down", lane="driver", within=180)


def cell(product: Product, victim: str, stage: str) -> Row:
    row, visitor = Row(victim, stage), Visitor(product)
    wall = float(visitor.lab(LAB)["limits"]["wall"])
    held = hold(product, stage)
    began = time.monotonic()
    run = visitor.start(LAB)
    viewer = Viewer(product, run, within=2 * wall + GRACE_AFTER_WALL)
    reach(stage, visitor, viewer, run)
    spaces = set(own_jails(product).values())
    target = running_jail(product) if victim == "jail" else product.pid(victim)
    with contextlib.suppress(ProcessLookupError):
        os.kill(target, signal.SIGKILL)
    for pid in held:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    ended = visitor.wait_for(run, "ended", within=2 * (wall + GRACE_AFTER_WALL))
    row.seconds = time.monotonic() - began
    row.outcome, row.claims = ended["outcome"], ended["claim"]
    row.end_seen = viewer.ended.wait(120)
    row.whole = viewer.sequence() == list(range(1, ended["event_count"] + 1))
    product.wait_ready()
    row.survivors = len(survivors(spaces))
    return row


def cells(words: Sequence[str]) -> list[tuple[str, str]]:
    """(victim, stage) of the cells that are named as `victim` or `victim:stage`; all without words."""
    all_cells = [(victim, stage) for victim in VICTIMS for stage in STAGES]
    # No supervisor inside has a queued or starting run yet: a warm jail's death is the warden's own business.
    known = [cell for cell in all_cells if cell not in {("jail", "queued"), ("jail", "starting")}]
    if unknown := [word for word in words if not any(word in (v, f"{v}:{s}") for v, s in known)]:
        raise SystemExit(
            f"No cell {', '.join(unknown)}: name one as {VICTIMS[0]} or {VICTIMS[0]}:{STAGES[0]}."
        )
    return [(v, s) for v, s in known if not words or v in words or f"{v}:{s}" in words]


def matrix(chosen: Sequence[tuple[str, str]]) -> list[Row]:
    """These cells on one product, one after the other."""
    rows = []
    with Product() as product:
        product.wait_ready()
        for victim, stage in chosen:
            row = cell(product, victim, stage)
            rows.append(row)
            sys.stdout.write(
                f"{row.victim:8}{row.stage:10}{row.outcome:15}{row.claims:^9}{row.seconds:8.1f} s  "
                f"{'yes' if row.end_seen else 'NO':6}{'yes' if row.whole else 'NO':8}{row.survivors}\n"
            )
            sys.stdout.flush()
    return rows


def main(*words: str) -> int:
    chosen = cells(words)
    sys.stdout.write(
        f"{'victim':8}{'stage':10}{'outcome':15}{'claims':9}{'took':>8}    {'end':6}{'whole':8}survivors\n"
    )
    rows = matrix(chosen)
    lost = [row for row in rows if row.outcome not in EXPECTED]
    sys.stdout.write(
        f"{len(rows)} runs, {len(lost)} unaccounted for, {sum(row.survivors for row in rows)} survivors\n"
    )
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
