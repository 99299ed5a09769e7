"""`/studio/`: one way for those who teach to all that there is for them."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from accounts.tests.people import client_of, make_instructor, make_learner, make_staff
from courseware.studio_guide import guide
from courseware.tests.pages import make_lesson

pytestmark = pytest.mark.django_db
AUDIT = "/admin/labs/auditentry/"


def links(page: str) -> list[str]:
    """Addresses in the studio's own navigation; the page that one is on with a star."""
    nav = page.partition('<nav class="subnav"')[2].partition("</nav>")[0]
    return [
        f"{href}*" if here else href
        for href, here in re.findall(r'href="([^"]+)"(\s+aria-current="page")?', nav)
    ]


def test_every_page_of_the_studio_leads_to_the_others_and_says_which_it_is() -> None:
    client = client_of(make_instructor())
    every = ["/studio/", "/studio/notes/", "/studio/guide/", "/studio/health/"]
    for path in every:
        page = client.get(path).content.decode()
        assert links(page) == [f"{one}*" if one == path else one for one in every]
        assert re.search(r'<a href="/studio/"\s+aria-current="page">Studio</a>', page)


def test_only_staff_is_led_to_the_administration() -> None:
    page = client_of(make_staff()).get("/studio/").content.decode()
    assert links(page)[-1] == AUDIT
    assert page.count(AUDIT) == 2
    assert AUDIT not in client_of(make_instructor()).get("/studio/").content.decode()


def test_the_overview_says_what_waits_and_how_the_labs_are() -> None:
    make_lesson(slug="one")
    client = client_of(make_instructor())
    assert "No note is waiting." in client.get("/studio/").content.decode()
    sent = {
        "kind": "question",
        "section": "how",
        "quote": "So.",
        "body": "Why?",
        "submission": str(uuid.uuid4()),
    }
    client_of(make_learner()).post("/lessons/one/note/", sent)
    page = client.get("/studio/").content.decode()
    assert "1 note is not handled yet." in page
    assert re.search("things? keeps? runs from starting or ending well", page), (
        "no runner has a heartbeat here"
    )


def test_the_authoring_guide_is_a_page_that_its_own_reader_finds_no_fault_with() -> None:
    page = client_of(make_instructor()).get("/studio/guide/").content.decode()
    assert list(guide().problems) == []
    assert page.count("<h1") == 1
    assert "Authoring: what to write, key by key" in page
    assert re.search(r"<table.*?<code>planned</code>", page, re.DOTALL), "tables are tables"
    assert "table: course" not in page, "marks for tests are not shown"
    ids = set(re.findall(r'id="([^"]+)"', page))
    targets = re.findall(r'href="#([^"]+)"', page.partition("<article")[2])
    assert {target for target in targets if not target.startswith("i-")} <= ids
    assert client_of(make_learner()).get("/studio/guide/").status_code == 403


def test_where_the_guide_is_not_installed_its_page_says_so(settings: Any, tmp_path: Path) -> None:
    client = client_of(make_instructor())
    settings.BASE_DIR = tmp_path
    assert client.get("/studio/guide/").status_code == 404
