"""What a jail must not reach, put on the host for the length of the suite: files, sockets, an environment
variable.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import sqlite3
from pathlib import Path


class Bait:
    """Every bait contains `token`; a trace that contains it is a leak. Any connection to a listener is a
    breach.
    """

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_hex(16)
        self.state = folder / "state"
        self.state.mkdir()
        (self.state / "secret-key").write_text(self.token)
        with contextlib.closing(sqlite3.connect(self.state / "db.sqlite3")) as database:
            database.execute("create table learners (name text)")
            database.execute("insert into learners values (?)", (self.token,))
            database.commit()
        self.touched_file = folder / "touched"
        self.abstract = f"backburner-bait-{secrets.token_hex(4)}"
        self.path = folder / "broker.sock"
        self._listeners = {
            "the host's web port": socket.create_server(("127.0.0.1", 0)),
            "the host's broker socket": self._unix(str(self.path)),
            "the host's abstract socket": self._unix(f"\0{self.abstract}"),
        }
        self.path.chmod(0o777)
        for listener in self._listeners.values():
            listener.setblocking(False)

    @property
    def port(self) -> int:
        return int(self._listeners["the host's web port"].getsockname()[1])

    @property
    def knobs(self) -> dict[str, object]:
        """Where the baits are, for the programs that try to reach them; never their contents."""
        return {
            "state": str(self.state),
            "touch": str(self.touched_file),
            "port": self.port,
            "abstract": self.abstract,
            "path": str(self.path),
        }

    def touched(self) -> list[str]:
        """What was reached since the last call."""
        found = [f"{self.touched_file.name} was made on the host"] if self.touched_file.exists() else []
        for name, listener in self._listeners.items():
            with contextlib.suppress(BlockingIOError):
                connection, _ = listener.accept()
                connection.close()
                found.append(f"{name} was reached")
        return found

    def close(self) -> None:
        for listener in self._listeners.values():
            listener.close()

    @staticmethod
    def _unix(name: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(name)
        listener.listen(16)
        return listener
