"""What comes from outside is bounded before a view sees it."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import get_resolver

from accounts.models import ApiToken, User
from accounts.tests.people import client_of, make_guest, make_learner
from config.doors.bounds import LONGEST_PATH, LONGEST_QUERY, MOST_HEADERS, OF_ADDRESS, Refused, check_head
from config.doors.hosts import check_host
from courseware.models import PassageNote
from courseware.tests.pages import make_lesson

pytestmark = pytest.mark.django_db


def sentence(page: Any) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/" + "a" * LONGEST_PATH, 414),
        ("/?q=" + "a" * LONGEST_QUERY, 414),
        ("/search/?q=a%00b", 400),
        ("/lessons/a%00b/", 400),
        ("/api/labs/a%00b/", 400),
    ],
)
def test_an_address_that_is_too_long_or_holds_a_nul_is_refused(
    client: Client, address: str, status: int
) -> None:
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "guest=" + "a" * 9000},
        {"X-Long": "a" * 9000},
        {f"X-Many-{number}": "a" for number in range(MOST_HEADERS)},
        {f"X-Much-{number}": "a" * 6000 for number in range(6)},
        {"Idempotency-Key": "k" * 9000},
    ],
    ids=["cookie", "one header", "many", "much", "key"],
)
def test_headers_that_are_too_large_are_refused(client: Client, headers: dict[str, str]) -> None:
    response = client.get("/", headers=headers)
    assert response.status_code == 431
    assert "Clear this site's cookies" in sentence(response)


def test_a_method_that_nobody_needs_is_refused(client: Client) -> None:
    assert client.generic("TRACK", "/").status_code == 405


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"login": "a" * 20_001}, 413),
        ({"login": "a" * 200_000}, 413),
        ({"n" * 101: "a"}, 400),
        ({"login": "a\0b"}, 400),
        ({"a\0": "b"}, 400),
        ({f"field-{number}": "a" for number in range(201)}, 413),
        ({"login": ["a"] * 201}, 413),
    ],
    ids=["long", "very long", "name", "NUL", "NUL in a name", "fields", "values"],
)
@pytest.mark.parametrize("encoding", ["multipart", "urlencoded"])
def test_a_form_out_of_bounds_is_refused_with_a_sentence(
    client: Client, form: dict[str, Any], status: int, encoding: str
) -> None:
    if encoding == "multipart":
        response = client.post("/accounts/login/", form)
    else:
        from urllib.parse import urlencode  # here, beside its only use

        text, kind = urlencode(form, doseq=True), "application/x-www-form-urlencoded"
        response = client.post("/accounts/login/", text, content_type=kind)
    if encoding == "multipart" and "\0" in str(form) and "login" not in form:
        assert response.status_code in (200, 400)  # the parser drops such a name
        return
    assert response.status_code == status
    assert "not" in sentence(response) or "larger" in sentence(response)


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "zip", "idna", "nosuch"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_a_body_in_another_encoding_is_refused(client: Client, charset: str, kind: str) -> None:
    response = client.generic("POST", "/accounts/login/", b"login=a", f"{kind}; charset={charset}")
    assert response.status_code == 415


def test_files_are_not_taken(client: Client) -> None:
    from io import BytesIO  # here, beside its only use

    sent = BytesIO(b"x" * 1000)
    sent.name = "a.txt"
    response = client.post("/accounts/login/", {"login": sent})
    assert response.status_code == 400
    assert "takes no files" in sentence(response)


def test_a_nul_in_json_is_refused_and_named(client: Client) -> None:
    body = json.dumps({"files": {"tasks.py": "a"}, "prediction": [{"b": "c\0d"}]})
    response = client.post("/api/labs/anything/runs/", body, "application/json")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"where": "prediction.0.b", "what": "this is not text: it contains a NUL character"}
    ]
    text = json.dumps({"files": {"tasks.py": "'\\u0000'"}})
    assert client.post("/api/labs/anything/runs/", text, "application/json").status_code in (403, 404)


def test_every_address_with_bounds_of_its_own_exists() -> None:
    names = set()
    for namespace in ("labs", "quizzes", "api"):
        _, resolver = get_resolver().namespace_dict[namespace]
        names |= {f"{namespace}:{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    assert set(OF_ADDRESS) <= names


@pytest.mark.parametrize(
    "headers", [[], [(b"host", b"evil.example")], [(b"host", b"localhost"), (b"host", b"evil.example")]]
)
def test_the_feed_knows_its_own_hosts_only(headers: list[tuple[bytes, bytes]], settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "[::1]"]
    with pytest.raises(Refused):
        check_host({"headers": headers})
    for ours in (b"localhost:8000", b"LOCALHOST", b"[::1]:8000"):
        check_host({"headers": [(b"host", ours)]})


def test_a_head_that_any_browser_sends_is_in_bounds() -> None:
    check_head("GET", "/lessons/slow-request/", "q=1&after=2", [("cookie", "a" * 4000), ("accept", "*/*")])


def test_a_learner_who_writes_too_much_in_a_minute_has_to_wait(client: Client, settings: Any) -> None:
    settings.WRITES_PER_MINUTE_PER_LEARNER = 5
    learner = client_of(make_learner())
    answers = [learner.post("/accounts/", {"name": f"N{n}", "time_zone": ""}) for n in range(8)]
    # A minute may end in the middle of the test.
    assert {answer.status_code for answer in answers} == {302, 429}
    late = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(late["Retry-After"]) <= 60
    assert client_of(make_learner()).post("/accounts/", {"name": "N", "time_zone": ""}).status_code == 302


def test_an_address_that_makes_guests_to_write_has_to_wait(settings: Any) -> None:
    settings.WRITES_PER_MINUTE_PER_ADDRESS = 5
    statuses = [
        client_of(make_guest()).post("/accounts/", {"name": "N"}, REMOTE_ADDR="192.0.2.7").status_code
        for _ in range(12)
    ]
    assert 429 in statuses
    other = client_of(make_guest()).post("/accounts/", {"name": "N"}, REMOTE_ADDR="192.0.2.8")
    assert other.status_code != 429


def test_a_learner_and_an_address_may_send_so_many_bytes_a_day(settings: Any) -> None:
    settings.WRITTEN_MB_PER_DAY_PER_LEARNER = 1
    learner = client_of(make_learner())
    form = {f"f{number}": "x" * 12_000 for number in range(10)}
    statuses = [learner.post("/accounts/", form).status_code for _ in range(12)]
    assert 429 in statuses[8:]
    assert 429 not in statuses[:8]


def test_notes_of_one_learner_and_of_one_address_are_counted(settings: Any) -> None:
    make_lesson(slug="first")
    settings.NOTES_PER_DAY_PER_LEARNER, settings.NOTES_PER_DAY_PER_ADDRESS = 3, 5
    guest = client_of(make_guest())
    first = str(uuid.uuid4())

    def write(client: Client, submission: str = "") -> Any:
        form = {"kind": "question", "section": "", "body": "Why?", "submission": submission or uuid.uuid4()}
        return client.post("/lessons/first/note/", form)

    assert [write(guest, first).status_code, *(write(guest).status_code for _ in range(4))] == [
        302,
        302,
        302,
        429,
        429,
    ]
    assert "send it tomorrow" in sentence(write(guest))
    assert write(guest, first).status_code == 302  # a double click of what is stored already
    others = [write(client_of(make_guest())).status_code for _ in range(4)]
    assert others == [302, 302, 429, 429]
    assert PassageNote.objects.count() == 5


@pytest.mark.parametrize("address", ["/", "/progress/", "/runs/", "/quizzes/", "/accounts/"])
@pytest.mark.parametrize("who", [make_guest, make_learner])
def test_nobody_else_keeps_a_page_of_one_person(address: str, who: Any) -> None:
    response = client_of(who()).get(address)
    assert {"private", "no-store"} <= set(response["Cache-Control"].replace(" ", "").split(","))


def test_links_in_e_mails_lead_to_the_sites_own_origin(settings: Any) -> None:
    settings.SITE_ORIGIN, settings.ALLOWED_HOSTS = "https://course.example.org", ["*"]
    make_learner(email="ada@example.org")
    client = Client(headers={"host": "evil.example"})
    for address in ("ada@example.org", "nobody@example.org"):
        client.post("/accounts/password/reset/", {"email": address})
    new = {"email": "b@example.org", "password1": "correct-horse-9", "password2": "correct-horse-9"}
    client.post("/accounts/signup/", new)
    assert len(mail.outbox) >= 3
    for letter in mail.outbox:
        assert "evil.example" not in str(letter.message())
        assert "https://course.example.org/accounts/" in letter.body


@pytest.mark.parametrize(("keep", "live"), [({}, 0), ({"keep_tokens": "on"}, 1)])
def test_api_tokens_end_with_the_password_unless_they_are_kept(keep: dict[str, str], live: int) -> None:
    user = make_learner(password="correct-horse-9")
    ApiToken.objects.make(user, "script")
    other = make_learner()
    ApiToken.objects.make(other, "script")
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    form = {
        "oldpassword": "correct-horse-9",
        "password1": "new-horse-99-x",
        "password2": "new-horse-99-x",
    }
    response = client.post("/accounts/password/change/", form | keep, follow=True)
    assert User.objects.get(pk=user.pk).check_password("new-horse-99-x")
    assert user.api_tokens.live().count() == live
    assert other.api_tokens.live().count() == 1
    assert ("API token was revoked" in sentence(response)) == (live == 0)


def test_api_tokens_end_with_a_reset_of_the_password() -> None:
    user = make_learner(email="ada@example.org", password="correct-horse-9")
    ApiToken.objects.make(user, "script")
    client = Client()
    client.post("/accounts/password/reset/", {"email": "ada@example.org"})
    found = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    assert found
    page = client.get(found[1], follow=True)
    assert "Keep my API tokens" in sentence(page)
    form = {"password1": "new-horse-99-x", "password2": "new-horse-99-x"}
    client.post(page.redirect_chain[-1][0], form)
    assert User.objects.get(pk=user.pk).check_password("new-horse-99-x")
    assert not user.api_tokens.live().exists()
