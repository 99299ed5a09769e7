"""A private Valkey where the settings expect it, a published lab, learners, and a warden that plays a
script.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import Client

from accounts.models import ApiToken, User
from authoring.problems import Problems
from config.operations import up
from labs.bench import sandbox_state
from labs.catalog import loading, saving
from labs.models import Lab
from labs.tests.fake_warden import FakeWarden
from labs.valkey import connection

LAB = "visibility-timeout"


def answers(path: Path) -> bool:
    client = redis.Redis(unix_socket_path=str(path))
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server of this session on the socket that the settings name; one that is there already is used."""
    runtime = Path(settings.RUNTIME)
    runtime.mkdir(parents=True, exist_ok=True)
    path = runtime / "valkey.sock"
    if answers(path):
        yield path
        return
    folder = tmp_path_factory.mktemp("valkey")
    command = (
        up.valkey_server(),
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--dir",
        str(folder),
        "--save",
        "",
    )
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not answers(path):
        assert process.poll() is None
        time.sleep(0.01)
    yield path
    process.terminate()
    process.wait()


@pytest.fixture
def valkey(valkey_server: Path) -> Iterator[redis.Redis]:
    """The server, empty."""
    connection().flushall()
    sandbox_state.forget()
    yield connection()
    connection().flushall()


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder with one lab, apart from the course, so that tests do not change with it."""
    folder = tmp_path_factory.mktemp("content")
    shutil.copytree(settings.BASE_DIR / "content" / "labs" / LAB, folder / "labs" / LAB)
    return folder


@pytest.fixture
def lab(db: None, content: Path, settings: object) -> Lab:
    """The lab, published; runners of this process have its revision."""
    settings.CONTENT = content  # type: ignore[attr-defined]
    problems = Problems()
    saving.save(loading.read(content, problems))
    assert not problems
    found = Lab.objects.named(LAB)
    assert found is not None
    return found


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(name: str = "ada", **fields: object) -> User:
        user = User(email=f"{name}@example.org", **fields)
        user.set_unusable_password()
        user.save()
        return user

    return make


@pytest.fixture
def learner(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def warden(tmp_path: Path, settings: object) -> Iterator[FakeWarden]:
    """A warden that plays what the test tells it to; it listens where runners look."""
    folder = Path(settings.RUNTIME)  # type: ignore[attr-defined]
    folder.mkdir(parents=True, exist_ok=True)
    settings.WARDEN_SOCKET = folder / "w.sock"  # type: ignore[attr-defined]
    with FakeWarden(folder / "w.sock") as running:
        yield running


@pytest.fixture
def script(learner: User) -> Client:
    """A client that sends the learner's token."""
    _, raw = ApiToken.objects.make(learner, "laptop")
    return Client(headers={"Authorization": f"Bearer {raw}"})


@pytest.fixture
def browser() -> Client:
    """A client with cookies; CSRF is enforced."""
    return Client(enforce_csrf_checks=True)
