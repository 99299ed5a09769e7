"""Keys, explanations and solutions are not in the bytes that a learner gets before answering or passing."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from tests.product import BASE, Product, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.jail]
CONTENT = BASE / "content"
QUIZZES = sorted(path.stem for path in (CONTENT / "quizzes").glob("*.md"))
LABS = sorted(path.name for path in (CONTENT / "labs").iterdir() if (path / "solution").is_dir())
LONG_ENOUGH = 25
"""Characters: a shorter line of a solution may stand in the lesson or the starter by itself."""


@pytest.fixture(scope="module")
def visitor(product: Product) -> Visitor:
    product.wait_ready()
    return Visitor(product)


def plain(text: str) -> str:
    """Words alone: no markup, entities or code marks that rendering changes."""
    return re.sub(r"\W+", " ", re.sub(r"<[^>]+>|&#?\w+;", " ", text.replace("`", " "))).lower()


def secrets_of(quiz: str) -> list[str]:
    """The beginnings of feedback, explanations and model answers, as plain words."""
    text = (CONTENT / "quizzes" / f"{quiz}.md").read_text()
    feedback = re.findall(r"^ +> (.+)$", text, re.MULTILINE)
    after = re.findall(r"^### (?:Explanation|Model answer|Hint)\n(.+)$", text, re.MULTILINE)
    return [" ".join(plain(one).split()[:8]) for one in feedback + after if len(one.split()) >= 5]


def solved(lab: str) -> set[str]:
    """Lines that only the solution of a lab has: neither its other files nor its lesson."""
    folder = CONTENT / "labs" / lab
    shown = "\n".join(path.read_text() for path in folder.iterdir() if path.suffix in {".py", ".md", ".toml"})
    shown += "\n".join(path.read_text() for path in (CONTENT / "lessons").glob(f"*-{lab}.md"))
    lines = {
        line.strip()
        for path in (folder / "solution").rglob("*")
        if path.is_file()
        for line in path.read_text().splitlines()
    }
    return {line for line in lines if len(line) >= LONG_ENOUGH and line not in shown}


@pytest.mark.parametrize("quiz", QUIZZES)
def test_no_page_of_a_quiz_or_its_lesson_tells_an_answer_before_it_is_given(visitor: Visitor, quiz: str) -> None:
    hidden = secrets_of(quiz)
    assert len(hidden) > 10
    page = visitor.http.get(f"/quizzes/{quiz}/")
    form = {"mode": "one", "number": re.findall(r'name="number" value="(\d+)"', page.text)[0]}
    started = visitor.http.post(f"/quizzes/{quiz}/", data=form, headers=visitor.headers())
    attempt = urljoin(visitor.product.address, started.headers["Location"])
    questions = [visitor.http.get(f"{attempt.partition('?')[0]}?q={place}") for place in range(1, 7)]
    answers = [page, visitor.http.get(f"/lessons/{quiz}/"), *questions]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    for answer in answers:
        words = plain(answer.text)
        assert [secret for secret in hidden if secret in words] == [], answer.url


@pytest.mark.parametrize("lab", LABS)
def test_no_page_of_a_lab_tells_its_solution_or_its_checks_before_it_is_passed(visitor: Visitor, lab: str) -> None:
    hidden = solved(lab)
    assert hidden
    checks = [
        line.strip()
        for line in (CONTENT / "labs" / lab / "checks.py").read_text().splitlines()
        if line.startswith("def ")
    ]
    for path in (
        f"/labs/{lab}/",
        f"/api/labs/{lab}/",
        f"/labs/{lab}/solution/",
        f"/lessons/{lab}/",
        f"/lessons/{lab}.md",
    ):
        text = (
            visitor.http.get(path)
            .text.replace("&quot;", '"')
            .replace("&#x27;", "'")
            .replace("\\u0022", '"')
            .replace('\\"', '"')
        )
        assert len(text) > 1000, path
        assert [line for line in [*hidden, *checks] if line in text] == [], path
