"""What the bench reads and compares: typed predictions, the code of a shared run, own code beside ours."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from labs.models import Lab
from labs.tests.factories import make_run
from labs.tests.test_pages import BENCH, data_of
from sandbox.protocol import Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]


def test_the_page_of_a_lab_opens_with_the_code_of_the_run_that_its_address_names(
    client: Client, lab: Lab, learner: User
) -> None:
    run = make_run(lab, learner, files={"tasks.py": "shared = 1\n"})
    shown = data_of(client.get(f"{BENCH}?from={run.pk}"))
    assert (shown["from"], shown["run_files"]) == (str(run.pk), {"tasks.py": "shared = 1\n"})
    assert shown["run"] is None  # whose run it is stays theirs
    assert (shown["from_own"], shown["from_at"]) == (False, run.queued_at.isoformat())
    client.force_login(learner)
    assert data_of(client.get(f"{BENCH}?from={run.pk}"))["from_own"] is True
    for other in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        assert data_of(client.get(f"{BENCH}?from={other}"))["from"] is None


@pytest.mark.parametrize(
    ("text", "said"), [("3", "3 starts"), ("1", "1 start"), ("3,5", "3.5 starts"), ("2 starts", "2 starts")]
)
def test_a_prediction_is_read_in_any_notation(client: Client, text: str, said: str) -> None:
    response = client.post(f"{BENCH}prediction/read/", {"measure": "export_starts", "text": text})
    assert (response.status_code, response.json()["said"]) == (200, said)


@pytest.mark.parametrize("text", ["three", "", "3 s", "1,234", "9" * 3000])
def test_a_prediction_that_cannot_be_read_is_answered_with_a_sentence(client: Client, text: str) -> None:
    response = client.post(f"{BENCH}prediction/read/", {"measure": "export_starts", "text": text})
    assert response.status_code == 422
    assert len(response.json()["detail"]) > 10


def test_labs_are_listed_in_the_order_of_their_lessons_with_a_line_of_description(
    client: Client, lab: Lab
) -> None:
    lab.summary, lab.place = "What it is about.", 3
    lab.save()
    Lab.objects.create(slug="zz-first", title="The first", place=1, revision=lab.revision)
    Lab.objects.create(slug="aa-none", title="Of no lesson", place=0, revision=lab.revision)
    page = client.get("/labs/").content.decode()
    assert "What it is about." in page
    assert page.index("The first") < page.index(lab.title) < page.index("Of no lesson")


def test_a_solution_is_compared_with_the_learners_own_run(client: Client, lab: Lab, learner: User) -> None:
    client.force_login(learner)
    run = make_run(lab, learner, files={"settings.py": "my_own = True\n"})
    assert run.claim_for("runner-1")
    assert run.end(Outcome.PASSED, lines=[], checks=[], measures={})
    page = client.get(f"{BENCH}solution/?run={run.pk}").content.decode()
    assert "my_own = True" in page
    assert "Yours, run of" in page
