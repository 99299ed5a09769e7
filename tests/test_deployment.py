"""The production files are exact: no engine runs them here, so their structure and their commands are checked
instead.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from config.operations import up

BASE = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((BASE / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (BASE / "Dockerfile").read_text()
NEEDED = {
    "SECRET_KEY": "a secret of the tests",
    "DOMAIN": "course.example.org",
    "POSTGRES_PASSWORD": "of the tests",
}
"""What an operator has to write into `.env`."""
READ = re.findall(r"env\.[a-z_]+\(\s*\"([A-Z_]+)\"", (BASE / "config/settings.py").read_text())
LABS = [name for name in READ if name.startswith("LABS_")]
# The image has these in one place.
LEFT_ALONE = {"BACKBURNER_CONTENT", "STATIC_ROOT", "STATIC_MANIFEST", "WARDEN_SOCKET"}
# Of these a public site wants the defaults.
LEFT_ALONE |= {"DEBUG", "LOG_LEVEL", "EMAIL_VERIFICATION", "CACHE_URL", "CONN_MAX_AGE"}
REFERENCE = re.compile(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}")


def filled(text: str, given: dict[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?error}` as compose fills them in."""
    return REFERENCE.sub(lambda found: given.get(found[1], "") or found[2] or "", text)


def environment_of(service: str, **given: str) -> dict[str, str]:
    """The variables that a service gets from this `.env` beside what it needs."""
    written: dict[str, str] = SERVICES[service]["environment"]
    return {name: filled(text, {**NEEDED, **given}) for name, text in written.items()}


def settings_with(environment: dict[str, str], *names: str) -> dict[str, Any]:
    """What the code makes of these variables."""
    values = f"{{n: getattr(settings, n) for n in {names}}}"
    ask = f"import json; from config import settings; print(json.dumps({values}))"
    environment = {"SECRET_KEY": "of the tests", **environment, "PATH": os.environ["PATH"]}
    said = subprocess.run(
        [sys.executable, "-c", ask], cwd=BASE, env=environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(said.stdout))


def probe_of(service: str) -> list[str]:
    """The words of a service's health check."""
    kind, *words = SERVICES[service]["healthcheck"]["test"]
    assert kind == "CMD"
    return words


def is_healthy(probe: list[str]) -> bool:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(probe, cwd=BASE, env=environment, capture_output=True, timeout=120).returncode == 0


def becomes_healthy(probe: list[str], *, within: float = 120.0) -> bool:
    """Whether a health check passes at last: Docker repeats it, too, and it waits 2 s only for an answer."""
    until = time.monotonic() + within
    while not (healthy := is_healthy(probe)) and time.monotonic() < until:
        time.sleep(0.1)
    return healthy


@contextmanager
def served(service: str, folder: Path, **given: str) -> Iterator[tuple[list[str], int]]:
    """The service's command under its own variables, on a free port; yields the words of its health check and
    the port.

    State is in `folder`, as the image has it in a folder of its own. No database and no Valkey answer.
    """
    port = up.free_port("127.0.0.1", 0)
    theirs = SERVICES[service]["command"]
    own = theirs[theirs.index("--port") + 1]
    bin_folder = Path(sys.executable).parent
    environment = {
        **environment_of(service, **given),
        "PATH": f"{bin_folder}:/usr/bin:/bin",
        "BACKBURNER_STATE": str(folder),
        "BACKBURNER_RUNTIME": str(folder),
        "STATIC_MANIFEST": "0",
    }
    command = [str(bin_folder / theirs[0]), *(str(port) if word == own else word for word in theirs[1:])]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=BASE, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/nothing-here", timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield [word.replace(f":{own}/", f":{port}/") for word in probe_of(service)], port
    finally:
        process.terminate()
        process.wait(timeout=120)


def test_compose_runs_every_part_that_manage_py_up_runs(tmp_path) -> None:
    (tmp_path / "state").mkdir()
    parts = up.programs(
        host="127.0.0.1", port=1, state=tmp_path / "state", runtime=tmp_path, own_valkey=True, slots=4, pool=4
    )
    assert {part.name for part in parts} <= set(SERVICES)


def test_pages_and_feed_are_served_apart_by_granian() -> None:
    assert SERVICES["web"]["command"][:3] == ["granian", "--interface", "wsgi"]
    assert SERVICES["feed"]["command"][:3] == ["granian", "--interface", "asgi"]
    for name in ("web", "feed"):
        assert "--workers-kill-timeout" in SERVICES[name]["command"]


def test_the_warden_has_no_secret_and_no_network() -> None:
    warden = SERVICES["warden"]
    assert "environment" not in warden
    assert warden["network_mode"] == "none"
    assert warden["command"][:2] == ["/usr/bin/env", "-i"]


def test_the_warden_has_no_capability_and_holds_its_jails_together_within_bounds() -> None:
    warden = SERVICES["warden"]
    assert warden["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in warden["security_opt"]
    assert filled(warden["mem_limit"], {}) == "4g"
    assert warden["pids_limit"] >= 2 * 4 * 128  # what warm and running jails may have at most


def test_only_the_runner_reaches_the_wardens_socket() -> None:
    assert {
        name for name, part in SERVICES.items() if "sockets:/run/backburner" in part.get("volumes", ())
    } == {
        "runner",
        "warden",
    }


def test_runner_and_warden_share_the_folder_of_sockets() -> None:
    assert SERVICES["runner"]["volumes"] == SERVICES["warden"]["volumes"] == ["sockets:/run/backburner"]
    socket = SERVICES["warden"]["command"][SERVICES["warden"]["command"].index("--socket") + 1]
    assert socket == "/run/backburner/warden.sock"
    assert "BACKBURNER_RUNTIME=/run/backburner" in DOCKERFILE


def test_every_service_depends_only_on_services_that_exist() -> None:
    walked = 0
    for service in SERVICES.values():
        for needed in service.get("depends_on", ()):
            walked += 1
            assert needed in SERVICES
            if service["depends_on"][needed]["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], f"nobody would ever know that {needed} is healthy"
    assert walked > 5


def test_every_volume_that_a_service_names_is_declared() -> None:
    named = {
        v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ()) if not v.startswith(".")
    }
    assert named
    assert named <= set(COMPOSE["volumes"])


def test_every_variable_that_compose_passes_on_is_a_documented_setting() -> None:
    documented = (BASE / "docs/operating.md").read_text()
    passed = SERVICES["web"]["environment"]
    assert len(passed) > 5
    assert [name for name in passed if f"`{name}`" not in documented] == []


def test_the_proxy_sends_the_feed_to_the_feed_server() -> None:
    caddyfile = (BASE / "deploy/Caddyfile").read_text()
    pattern = re.search(r"path_regexp (\S+)", caddyfile)
    assert pattern
    assert re.match(pattern.group(1), "/api/runs/0b5e/events/")
    assert not re.match(pattern.group(1), "/api/runs/0b5e/")


@pytest.mark.parametrize("source", re.findall(r"^COPY (?:--\S+ )?(\S+) ", DOCKERFILE, re.MULTILINE))
def test_what_the_image_copies_exists(source: str) -> None:
    assert (BASE / source).exists()


def test_the_image_does_not_run_as_root() -> None:
    instructions = [line.split()[0] for line in DOCKERFILE.splitlines() if re.match(r"[A-Z]+ ", line)]
    assert instructions[0] == "FROM"
    assert "USER backburner" in DOCKERFILE
    assert instructions.index("USER") < instructions.index("CMD")


def test_the_folder_of_secrets_and_state_is_not_sent_to_the_image() -> None:
    ignored = (BASE / ".dockerignore").read_text().split()
    assert {"var", ".git"} <= set(ignored)


def test_named_hosts_alone_are_served_with_the_variables_of_compose_and_the_pages_are_healthy(
    tmp_path: Path,
) -> None:
    with served("web", tmp_path) as (probe, port):
        assert becomes_healthy(probe), (tmp_path / "log").read_text()
        other = httpx.get(
            f"http://127.0.0.1:{port}/robots.txt", headers={"X-Forwarded-Proto": "https"}, timeout=60
        )
        assert other.status_code == 400
    assert not is_healthy(probe)


def test_the_feed_is_healthy_with_the_variables_of_compose(tmp_path: Path) -> None:
    with served("feed", tmp_path) as (probe, _):
        assert becomes_healthy(probe), (tmp_path / "log").read_text()
    assert not is_healthy(probe)


def test_the_warden_is_healthy_when_it_answers(tmp_path: Path) -> None:
    place = tmp_path / "w.sock"
    probe = [word.replace("/run/backburner/warden.sock", str(place)) for word in probe_of("warden")]
    assert not is_healthy(probe)
    words = [
        sys.executable,
        "-s",
        "-m",
        "sandbox.warden",
        "--socket",
        str(place),
        "--replay",
        str(BASE / "content/labs"),
    ]
    warden = subprocess.Popen(words, cwd=BASE)
    try:
        until = time.monotonic() + 120
        while not place.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert becomes_healthy(probe)
    finally:
        warden.terminate()
        warden.wait(timeout=120)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [({}, "optional"), ({"EMAIL_URL": "smtp+tls://user:word@mail.example.org:587"}, "mandatory")],
)
def test_an_address_has_to_be_confirmed_only_where_mail_can_reach_it(
    written: dict[str, str], wanted: str
) -> None:
    name = "ACCOUNT_EMAIL_VERIFICATION"
    assert settings_with(environment_of("web", **written), name) == {name: wanted}


def test_compose_passes_on_every_setting_that_an_operator_may_want_to_change() -> None:
    assert len(READ) > 20
    assert set(READ) - set(SERVICES["web"]["environment"]) == LEFT_ALONE


def test_a_setting_of_the_labs_that_nobody_writes_has_the_codes_own_default_in_compose() -> None:
    assert len(LABS) > 5
    assert settings_with(environment_of("web"), *LABS) == settings_with({}, *LABS)


def test_every_setting_of_the_labs_can_be_changed_in_the_file_of_variables() -> None:
    defaults = settings_with({}, *LABS)
    changed = {name: not value if isinstance(value, bool) else value + 3 for name, value in defaults.items()}
    given = {name: str(int(value)) for name, value in changed.items()}
    assert settings_with(environment_of("web", **given), *LABS) == changed


def test_runner_and_warden_take_as_many_runs_at_once_as_the_setting_says() -> None:
    for service, option in (("runner", "-c"), ("warden", "--max-running")):
        words = SERVICES[service]["command"]
        number = words[words.index(option) + 1]
        assert (filled(number, {}), filled(number, {"LABS_RUNNER_SLOTS": "7"})) == ("12", "7"), service
