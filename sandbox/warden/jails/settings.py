"""What all jails of a warden have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.warden.jails.control_groups import ControlGroups
from sandbox.warden.jails.host_layout import HostLayout


@dataclass
class JailSettings:
    """What all jails of this warden have in common. `seccomp` is the filter's program, None for no filter.
    Without `has_zygotes`, each jail warms up by itself.
    """

    layout: HostLayout
    bwrap: Path
    groups: ControlGroups
    seccomp: bytes | None
    has_zygotes: bool = True
