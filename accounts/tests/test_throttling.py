from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from accounts.models import User
from accounts.signing_in.throttling import SteadyCache

PASSWORD = "a long and odd phrase"


@pytest.fixture
def away(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The default cache asks a Redis that nobody runs."""
    monkeypatch.setattr(SteadyCache, "down_until", 0.0)
    address = f"unix://{tmp_path}/nobody.sock?db=0"
    settings.CACHES = {
        "default": {"BACKEND": "accounts.signing_in.throttling.SteadyCache", "LOCATION": address}
    }
    yield
    caches["default"].clear()


@pytest.mark.usefixtures("away")
@pytest.mark.django_db
def test_one_logs_in_while_redis_is_down() -> None:
    User.objects.create_user("ada@example.org", PASSWORD)
    client = Client()
    assert (
        client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD}).status_code == 302
    )
    assert "_auth_user_id" in client.session


@pytest.mark.usefixtures("away")
@pytest.mark.django_db
def test_guessing_is_limited_while_redis_is_down() -> None:
    for _ in range(5):
        Client().post("/accounts/login/", {"login": "ada@example.org", "password": "wrong"})
    page = Client().post("/accounts/login/", {"login": "ada@example.org", "password": "wrong"})
    assert "Too many attempts" in page.content.decode()


@pytest.mark.usefixtures("away")
def test_every_verb_of_a_cache_has_a_fallback() -> None:
    cache = caches["default"]
    assert isinstance(cache, SteadyCache)
    cache.set("a", 1)
    assert cache.add("a", 2) is False
    assert cache.incr("a") == 2
    assert cache.get_many(["a", "b"]) == {"a": 2}
    assert cache.has_key("a")
    assert "a" in cache
    assert cache.touch("a", 60)
    cache.set_many({"b": 3})
    cache.delete_many(["b"])
    assert cache.get_or_set("b", 4) == 4
    assert cache.delete("a")
    cache.clear()
    assert cache.get("b") is None


def test_redis_is_left_alone_for_a_while_after_it_did_not_answer(
    away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches["default"].get("a")
    monkeypatch.setattr(caches["default"], "_cache", property(lambda self: pytest.fail("called again")))
    assert caches["default"].get("a") is None


def test_redis_counts_while_it_answers(
    settings: Any, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SteadyCache, "down_until", 0.0)
    settings.CACHES = {
        "default": {"BACKEND": "accounts.signing_in.throttling.SteadyCache", "LOCATION": valkey_url}
    }
    caches["default"].set("kept-in-redis", 1, 10)
    assert caches["default"].get("kept-in-redis") == 1
    assert LocMemCache("steady", {}).get("kept-in-redis") is None
