"""Queries that are built once: they find what the ordinary queries find, and nothing of an answer is kept."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.pages.prepared_reads import Given, PreparedRead
from accounts.signing_in.sessions import SessionStore
from accounts.tests.people import client_of, make_guest, make_learner

pytestmark = [pytest.mark.django_db, pytest.mark.db]

BY_NAME = PreparedRead(
    lambda: (
        User.objects.filter(name=Given("name", models.CharField()), is_guest=False)
        .order_by("pk")
        .values_list("pk", "date_joined", "guest_key")
    )
)


def ordinary(name: str) -> list[list[object]]:
    found = User.objects.filter(name=name, is_guest=False).order_by("pk")
    return [list(row) for row in found.values_list("pk", "date_joined", "guest_key")]


def test_it_finds_for_each_value_what_the_ordinary_query_finds() -> None:
    for name in ("Mira", "Mira", "Jo"):
        make_learner(name=name)
    for name in ("Mira", "Jo", "nobody", "Mira"):
        assert [list(row) for row in BY_NAME.rows(name=name)] == ordinary(name)


def test_it_sees_a_change_at_the_next_execution() -> None:
    user = make_learner(name="before")
    assert BY_NAME.row(name="before") is not None
    User.objects.filter(pk=user.pk).update(name="after")
    assert BY_NAME.row(name="before") is None
    assert BY_NAME.row(name="after")[0] == user.pk


def test_a_value_is_never_part_of_the_sql() -> None:
    make_learner(name="x' OR 1=1 --")
    make_learner(name="other")
    assert len(BY_NAME.rows(name="x' OR 1=1 --")) == 1


def test_a_user_by_primary_key_is_the_whole_row_and_costs_one_query() -> None:
    made = make_learner(name="Mira", time_zone="Europe/Berlin")
    with CaptureQueriesContext(connection) as asked:
        found = User.objects.get(pk=made.pk)
        assert (found.email, found.name, found.time_zone) == (made.email, made.name, made.time_zone)
        assert found.date_joined == made.date_joined
    assert len(asked) == 1
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=made.pk + 1)


def test_a_guest_is_found_by_the_key_only_while_active() -> None:
    guest = make_guest()
    assert guest.guest_key is not None
    assert User.objects.of_guest_key(guest.guest_key) == guest
    assert User.objects.of_guest_key(uuid.uuid4()) is None
    User.objects.filter(pk=guest.pk).update(is_active=False)
    assert User.objects.of_guest_key(guest.guest_key) is None


def test_a_session_is_found_until_it_ends_and_an_unknown_key_is_dropped() -> None:
    client = client_of(make_learner())
    key = client.session.session_key
    assert "_auth_user_id" in SessionStore(key)
    assert SessionStore("a key that somebody chose").session_key == "a key that somebody chose"
    chosen = SessionStore("a key that somebody chose")
    assert dict(chosen.items()) == {}
    assert chosen.session_key is None
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert dict(SessionStore(key).items()) == {}


def test_a_page_names_the_account_of_its_own_session_only() -> None:
    people = [make_learner(name=name) for name in ("Mira", "Jo")]
    clients = [client_of(person) for person in people]
    for _ in range(2):
        for person, other, client in zip(people, reversed(people), clients, strict=True):
            page = client.get("/").content.decode()
            assert str(person.email) in page
            assert str(other.email) not in page
    assert not any(str(person.email) in Client().get("/").content.decode() for person in people)


def test_a_changed_name_or_role_shows_on_the_next_page() -> None:
    user = make_learner(name="Mira Vogel")
    client = client_of(user)
    assert ">MV<" in client.get("/").content.decode()
    User.objects.filter(pk=user.pk).update(name="Jo Brandt", is_staff=True)
    page = client.get("/").content.decode()
    assert ">JB<" in page
    assert "Administration" in page
