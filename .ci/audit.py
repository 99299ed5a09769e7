"""What the environments are made of, and what is known against it; `make lint` runs it from the repository's
folder.

For each environment: every requirement is pinned with `~=`, every pin and every dependency is satisfied,
nothing is installed that no requirement brings, and a CycloneDX list of the parts is written to var/sbom/ and
validated. Then all of it is looked up by pip-audit. Where the advisory service cannot be asked, or knows
nothing of our parts, this says "not audited": that is no pass, and no fault of the code either.
"""

# ruff: noqa: T201 - what it found is for whoever runs it
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?~=[0-9][0-9A-Za-z.]*$")
OF_THE_MACHINE = {"pip", "setuptools"}
"""They come with the machine's Python into each new environment, and nothing of ours imports them."""
SILENCE, LONGEST_LOOKUP = 3, 90
"""Seconds: in which the service has to answer once, and for all lookups together."""
ENDED = "the advisory service cannot be reached"


@dataclass(frozen=True)
class Environment:
    """A virtual environment: `runtime` is what it is for, `everything` adds the tools of developers."""

    name: str
    folder: Path
    runtime: Path
    everything: Path

    def parts(self) -> dict[str, Distribution]:
        """What is installed, by canonical name."""
        places = [str(place) for place in self.folder.glob("lib/python3*/site-packages")]
        return {canonicalize_name(part.metadata["Name"]): part for part in distributions(path=places)}


def environments(base: Path) -> list[Environment]:
    """The site's, and each that labs may name."""
    found = [Environment("site", base / ".venv", base / "requirements.txt", base / "requirements-dev.txt")]
    for folder in sorted(base.glob(".venv-sandbox*")):
        wanted = base / "sandbox" / f"requirements{folder.name.removeprefix('.venv-sandbox')}.txt"
        found.append(Environment(folder.name.removeprefix(".venv-"), folder, wanted, wanted))
    return found


def lines_of(file: Path) -> Iterator[str]:
    """The requirements of a file and of those that it includes."""
    for line in file.read_text().splitlines():
        word = line.partition("#")[0].strip()
        if word.startswith("-r "):
            yield from lines_of(file.parent / word.removeprefix("-r ").strip())
        elif word:
            yield word


def brought_by(lines: list[str], parts: dict[str, Distribution]) -> set[str]:
    """The names of the installed parts that these requirements bring, directly or not."""
    todo = [Requirement(line) for line in lines]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        wanted = todo.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if name not in parts or (name, extras) in seen:
            continue
        seen.add((name, extras))
        for text in parts[name].requires or ():
            needed = Requirement(text)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
                todo.append(needed)
    return {name for name, _ in seen}


def wrong_pins(environment: Environment) -> Iterator[str]:
    """Requirements without a pin, and pins that what is installed does not meet."""
    parts = environment.parts()
    for line in lines_of(environment.everything):
        if not PIN.match(line):
            yield f"{environment.name}: {line!r} is not pinned with ~="
            continue
        wanted = Requirement(line)
        part = parts.get(canonicalize_name(wanted.name))
        if part is None or part.version not in wanted.specifier:
            yield f"{environment.name}: {line} is wanted, {part.version if part else 'nothing'} is installed"


def strays(environment: Environment) -> Iterator[str]:
    """What is installed although no requirement brings it."""
    lines, parts = [line for line in lines_of(environment.everything) if PIN.match(line)], environment.parts()
    for name in sorted(set(parts) - brought_by(lines, parts) - OF_THE_MACHINE):
        yield f"{environment.name}: {name} is installed, and no requirement brings it"


def unmet(environment: Environment) -> Iterator[str]:
    """What pip says of dependencies that are missing or of the wrong version."""
    checked = run(environment.folder / "bin" / "python", "-m", "pip", "check", "--disable-pip-version-check")
    if checked.returncode:
        yield f"{environment.name}: {checked.stdout.strip()}"


def write_sbom(environment: Environment, folder: Path) -> Path:
    """A validated CycloneDX list of the parts. Tools that no running part imports are `excluded`."""
    made = run(
        tool("cyclonedx-py"), "environment", environment.folder, "--output-reproducible", "--no-validate"
    )
    if made.returncode:
        raise SystemExit(made.stderr)
    document = json.loads(made.stdout)
    running = brought_by(list(lines_of(environment.runtime)), environment.parts())
    for part in document["components"]:
        part["scope"] = "required" if canonicalize_name(part["name"]) in running else "excluded"
    file, text = folder / f"{environment.name}.cdx.json", json.dumps(document, indent=1) + "\n"
    if file.is_file() and file.read_text() == text:
        return file  # it was valid when it was written, and that takes seconds to see
    problem = JsonStrictValidator(SchemaVersion.from_version(document["specVersion"])).validate_str(text)
    if problem is not None:
        raise SystemExit(f"The list of parts is not valid CycloneDX: {problem}")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def judge(answer: dict[str, Any]) -> tuple[list[str], list[str]]:
    """(known vulnerabilities, parts of which nothing is known) in what pip-audit found."""
    known, unknown = [], []
    for part in answer["dependencies"]:
        if "skip_reason" in part:
            unknown.append(part["name"])
        known += [f"{part['name']} {part['version']}: {bug['id']}" for bug in part.get("vulns", ())]
    return known, unknown


def look_up(parts: list[str], seconds: float) -> dict[str, Any] | None:
    """pip-audit's answer on these `name==version`, None where there was none."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(parts))
        file.flush()
        words = ["-r", file.name, "--no-deps", "--disable-pip", "-f", "json", "--progress-spinner", "off"]
        try:
            said = run(tool("pip-audit"), *words, "--timeout", str(SILENCE), seconds=seconds)
        except subprocess.TimeoutExpired:
            return None
    try:
        answer: dict[str, Any] = json.loads(said.stdout)
    except ValueError:
        return None
    return answer


def audit(parts: list[str]) -> tuple[list[str], str]:
    """(known vulnerabilities, why the audit is not whole or "")."""
    first = look_up(parts[:1], 4 * SILENCE)  # one question shows whether there is anybody to ask
    if first is None:
        return [], ENDED
    if judge(first)[1]:
        return [], "the advisory service that answers here knows nothing of our dependencies"
    whole = look_up(parts, LONGEST_LOOKUP)
    if whole is None:
        return [], ENDED
    known, unknown = judge(whole)
    return known, f"the advisory service knows nothing of {', '.join(unknown)}" if unknown else ""


def tool(name: str) -> Path:
    return Path(sys.executable).parent / name


def run(*words: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=seconds, check=False
    )


def main() -> None:
    """Exits with 1 for a fault or a known vulnerability."""
    base = Path.cwd()
    found: list[str] = []
    names: set[str] = set()
    for environment in environments(base):
        found += [*wrong_pins(environment), *strays(environment), *unmet(environment)]
        names |= {
            f"{name}=={part.version}"
            for name, part in environment.parts().items()
            if name not in OF_THE_MACHINE
        }
        print(
            f"parts of {environment.name}: {write_sbom(environment, base / 'var' / 'sbom').relative_to(base)}"
        )
    known, missing = audit(sorted(names))
    found += [f"known vulnerability: {bug}" for bug in known]
    print(
        f"not audited: {missing}"
        if missing
        else f"audited: {len(names)} dependencies, {len(known)} known vulnerabilities"
    )
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
