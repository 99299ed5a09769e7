from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from authoring.code.listings import Listing
from courseware.loading.listing_runs import Ended, collect, judge, problems_of, run


def listing(code: str = "print(1)\n", *, error: str = "", output: str | None = "1\n") -> Listing:
    return Listing("lessons/01-first.md", 12, "", code, error, output)


@pytest.mark.parametrize(
    ("promised", "ended", "told"),
    [
        (listing(), Ended("1\n", "", 0), None),
        (listing(output=None), Ended("anything", "", 0), None),
        (listing(), Ended("2\n", "", 0), "wrote '2\\n', and its output says '1\\n'"),
        (listing(), Ended("1\n", "Traceback\nValueError: x", 1), "failed with: ValueError: x"),
        (listing(), Ended("", "", None), "did not end within 5 s"),
        (listing(error="ValueError"), Ended("1\n", "Traceback\nValueError: x", 1), None),
        (listing(error="Retry"), Ended("1\n", "Traceback\ncelery.exceptions.Retry: in 3 s", 1), None),
        (
            listing(error="ValueError"),
            Ended("1\n", "", 0),
            "should raise ValueError and ended with: no error",
        ),
        (listing(error="ValueError"), Ended("1\n", "KeyError: 'x'", 1), "should raise ValueError"),
    ],
)
def test_a_listing_must_do_what_its_lesson_says(promised: Listing, ended: Ended, told: str | None) -> None:
    problem = judge(promised, ended)
    assert (problem is None) == (told is None)
    if problem and told:
        assert told in problem.what
        assert str(problem).startswith("lessons/01-first.md:12: ")


def test_the_lessons_have_listings_that_run() -> None:
    found = collect(Path(settings.CONTENT))
    assert any(item.title == "take, wait, sweep" and item.output for item in found)


@pytest.mark.jail
def test_a_listing_runs_alone_with_a_broker_of_its_own() -> None:
    code = (
        "import os, sys\n"
        "print(os.environ['CELERY_BROKER_URL'][:5], os.path.exists('/root/.ssh'))\n"
        "sys.exit('bye')\n"
    )
    assert run(listing(code)) == Ended("redis False\n", "bye\n", 1)


@pytest.mark.jail
def test_a_listing_that_does_not_end_is_stopped() -> None:
    assert run(listing("while True: pass\n")).code is None


@pytest.mark.jail
@pytest.mark.timeout(1200)
def test_every_listing_of_the_course_does_what_its_lesson_says() -> None:
    assert [str(problem) for problem in problems_of(collect(Path(settings.CONTENT)))] == []


@pytest.mark.jail
def test_the_command_counts_what_it_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons/01-a.md").write_text(
        '+++\n+++\n\n```python exec\nprint(1)\n```\n\n```text title="output"\n1\n```\n'
    )
    call_command("run_listings", tmp_path)
    assert capsys.readouterr().out == "Listings that do what their lessons say: 1.\n"
