from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
TOKEN = "a token of more than sixteen characters"


def test_healthz_answers_while_the_process_lives_without_a_query(client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_readyz_names_what_is_missing(client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"runner:" in answer.content
    assert b"database:" not in answer.content


@pytest.mark.parametrize("header", [{}, {"HTTP_AUTHORIZATION": "Bearer wrong"}])
def test_metrics_are_not_found_without_the_token(client, settings, header: dict[str, str]) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", **header).status_code == 404


def test_metrics_are_not_found_where_no_token_is_set(client, settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_metrics_count_runs_and_runners(client, settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    text = client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}").content.decode()
    assert "backburner_runners 0" in text
    assert "backburner_queue_age_seconds 0.000" in text
