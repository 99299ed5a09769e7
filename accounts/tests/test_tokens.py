from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from accounts.tests.people import client_of, make_guest, make_learner
from accounts.tokens import MOST_TOKENS, ApiToken

pytestmark = pytest.mark.django_db


def test_a_token_opens_its_user_and_nothing_else_does() -> None:
    user = make_learner()
    _, raw = ApiToken.objects.make(user, "laptop")
    assert ApiToken.objects.resolve(raw) == user
    for wrong in ("", raw[:-1], raw + "x", raw.removeprefix("bb_"), "bb_", ApiToken.objects.get().digest):
        assert ApiToken.objects.resolve(wrong) is None


def test_only_a_hash_of_the_token_is_kept() -> None:
    token, raw = ApiToken.objects.make(make_learner(), "laptop")
    row = str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert raw not in row
    assert raw[10:] not in row
    assert len(raw) >= 43


def test_a_revoked_token_opens_nothing_even_while_it_is_in_use() -> None:
    token, raw = ApiToken.objects.make(make_learner(), "laptop")
    in_use = ApiToken.objects.get(pk=token.pk)
    token.revoke()
    in_use.touch(timezone.now())
    assert ApiToken.objects.resolve(raw) is None


def test_the_token_of_an_inactive_user_opens_nothing() -> None:
    user = make_learner()
    _, raw = ApiToken.objects.make(user, "laptop")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert ApiToken.objects.resolve(raw) is None


def test_the_last_use_is_kept_to_the_minute(django_assert_num_queries: Any) -> None:
    _, raw = ApiToken.objects.make(make_learner(), "laptop")
    ApiToken.objects.resolve(raw)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        ApiToken.objects.resolve(raw)
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    ApiToken.objects.resolve(raw)
    assert ApiToken.objects.get().last_used_at >= first


def shown(response: Any) -> str:
    found = re.search(r'id="secret">([^<]+)<', response.content.decode())
    return found[1] if found else ""


def test_a_token_is_shown_once_when_it_is_made() -> None:
    user = make_learner()
    client = client_of(user)
    response = client.post("/accounts/tokens/make/", {"name": "<b>laptop</b>"})
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    assert ApiToken.objects.resolve(shown(response)) == user
    page = client.get("/accounts/tokens/")
    assert not shown(page)
    assert "&lt;b&gt;laptop" in page.content.decode()


def test_a_token_without_a_name_is_refused_and_says_so() -> None:
    response = client_of(make_learner()).post("/accounts/tokens/make/", {"name": ""})
    assert response.status_code == 422
    assert "id_name_error" in response.content.decode()
    assert not ApiToken.objects.exists()


def test_there_is_a_limit_of_tokens() -> None:
    user = make_learner()
    for number in range(MOST_TOKENS):
        ApiToken.objects.make(user, str(number))
    assert client_of(user).post("/accounts/tokens/make/", {"name": "more"}).status_code == 422


def test_one_revokes_ones_own_tokens_only() -> None:
    token, _ = ApiToken.objects.make(owner := make_learner(), "laptop")
    address = f"/accounts/tokens/{token.pk}/revoke/"
    assert client_of(make_learner()).post(address).status_code == 404
    assert ApiToken.objects.live().exists()
    assert client_of(owner).post(address).status_code == 302
    assert not ApiToken.objects.live().exists()


@pytest.mark.parametrize("visitor", ["nobody", "guest"])
def test_guests_have_no_tokens(visitor: str) -> None:
    client = client_of(make_guest() if visitor == "guest" else None)
    for response in (client.get("/accounts/tokens/"), client.post("/accounts/tokens/make/", {"name": "x"})):
        assert response.url.startswith("/accounts/login/")
    assert not ApiToken.objects.exists()


def test_the_tag_shows_ones_tokens_on_any_page() -> None:
    user = make_learner()
    ApiToken.objects.make(user, "laptop")
    ApiToken.objects.make(make_learner(), "not mine")
    request = RequestFactory().get("/")
    request.user = user
    html = Template("{% load accounts %}{% api_tokens %}").render(
        Context({"request": request, "csrf_token": "t"})
    )
    assert "laptop" in html
    assert "not mine" not in html
    assert 'name="csrfmiddlewaretoken" value="t"' in html


def test_a_token_is_no_session() -> None:
    _, raw = ApiToken.objects.make(make_learner(), "laptop")
    assert Client(headers={"authorization": f"Bearer {raw}"}).get("/accounts/tokens/").status_code == 302
