"""Every page of the course: who may open it, how many queries it costs, and that its markup is valid."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.people import client_of, make_guest, make_instructor, make_learner, make_staff
from authoring.content_version import renew_version
from courseware.models import Lesson, LessonProgress
from courseware.tests.pages import Markup, make_attempt, make_course, make_lab, make_lesson, make_run

pytestmark = pytest.mark.django_db
MOST_QUERIES = 9
PEOPLE = {
    "a new visitor": lambda: None,
    "a guest": make_guest,
    "a learner": make_learner,
    "an instructor": make_instructor,
    "staff": make_staff,
}
EVERYBODY = ["home", "lesson", "note", "glossary", "search", "progress", "missing"]


def address(name: str, slug: str) -> str:
    match name:
        case "lesson" | "note":
            return reverse(f"courseware:{name}", args=[slug])
        case "search":
            return reverse("courseware:search") + "?q=broker"
        case "missing":
            return "/nothing/here/"
    return reverse(f"courseware:{name}")


def with_record(learner: object) -> tuple[Client, str]:
    """A browser of this person, who has read, answered and run something; and the slug of the lesson."""
    lessons = make_course()
    if learner is not None:
        LessonProgress.objects.begin(learner, lessons[0]).reach("why", 1000)
        LessonProgress.objects.begin(learner, lessons[1]).reach("why", 300)
        make_attempt(learner, lessons[0].quiz, 90.0)
    return client_of(learner), lessons[1].slug


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("who", PEOPLE)
def test_a_page_costs_at_most_seven_queries_and_its_markup_is_sound(who: str, name: str) -> None:
    client, slug = with_record(PEOPLE[who]())
    renew_version()
    Client().get(address("home", slug))  # this process reads the outline of the course once
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address(name, slug))
    assert page.status_code == (404 if name == "missing" else 200)
    assert len(asked) <= MOST_QUERIES, [query["sql"][:120] for query in asked]
    markup = Markup(page.content.decode())
    assert markup.wrong == []
    assert markup.count["h1"] == markup.count["main"] == 1


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_page_carries_the_policy_that_forbids_inline_code(name: str) -> None:
    client, slug = with_record(None)
    policy = client.get(address(name, slug))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", EVERYBODY)
def test_every_link_of_a_page_leads_to_a_page(name: str) -> None:
    client, slug = with_record(make_learner())
    links = Markup(client.get(address(name, slug)).content.decode()).links
    ours = {link.partition("#")[0].partition("?")[0] for link in links if link.startswith("/")}
    ours = {
        link for link in ours if not link.startswith(("/labs/lesson", "/quizzes/lesson"))
    }  # other rooms' nouns
    assert len(ours) >= 5
    assert {link: client.get(link).status_code for link in ours if client.get(link).status_code >= 400} == {}


def test_the_number_of_queries_does_not_grow_with_the_course() -> None:
    client, _ = with_record(make_learner())
    client.get("/")  # this process reads the verdicts of the learner's ended runs once
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    make_course()
    make_course()
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(few)


def test_the_map_counts_lessons_and_says_where_one_left_off() -> None:
    learner = make_learner()
    client, slug = with_record(learner)
    page = client.get("/").content.decode()
    assert "0 of 4 lessons" in page
    assert "Continue where you left off" in page
    assert f"/lessons/{slug}/#why" in page


def test_an_empty_site_says_that_no_course_is_loaded(client: Client) -> None:
    assert "No course is loaded yet" in client.get("/").content.decode()


def test_the_map_shows_the_best_quiz_and_the_best_run() -> None:
    learner = make_learner()
    lessons = make_course()
    make_attempt(learner, lessons[0].quiz, 60.0)
    make_attempt(learner, lessons[0].quiz, 91.7, number=2)
    lab = make_lab("own", ("One", "Two", "Three"))
    make_lesson(slug="own", lab="own")
    make_run(learner, lab, passed=2)
    client = client_of(learner)
    assert "quiz 92&nbsp;%" in client.get("/").content.decode()
    assert "2 of 3" in client.get("/progress/").content.decode()


def test_a_lesson_that_left_the_course_is_not_found(client: Client) -> None:
    make_lesson(slug="gone", is_published=False)
    for address in ("/lessons/gone/", "/lessons/gone.md", "/lessons/gone/note/"):
        assert client.get(address).status_code == 404


def test_a_lesson_can_be_had_as_its_author_wrote_it(client: Client) -> None:
    make_lesson(slug="raw", source="## Why\n\n<script>alert(1)</script>\n")
    answer = client.get("/lessons/raw.md")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.decode() == "## Why\n\n<script>alert(1)</script>\n"


def test_a_lesson_names_its_neighbours_across_modules(client: Client) -> None:
    lessons = make_course()
    page = client.get(f"/lessons/{lessons[1].slug}/").content.decode()
    assert re.search(rf'rel="prev"\s+href="/lessons/{lessons[0].slug}/"', page)
    assert re.search(rf'rel="next"\s+href="/lessons/{lessons[2].slug}/"', page)


def test_a_lesson_shows_the_checks_of_its_lab(client: Client) -> None:
    lessons = make_course()
    page = client.get(f"/lessons/{lessons[0].slug}/").content.decode()
    assert "Runs once" in page
    assert "0 of 2 checks" in page


def test_text_of_authors_is_escaped_everywhere_but_in_their_sanitised_prose(client: Client) -> None:
    make_lesson(
        slug="odd",
        title="<b>& more",
        summary="<i>",
        objectives=["<u>"],
        toc=[{"id": "x", "title": "<s>", "level": 2}],
    )
    for address in ("/", "/lessons/odd/", "/lessons/odd/note/"):
        page = client.get(address).content.decode()
        assert not any(tag in page for tag in ("<b>& more", "<u>", "<s>"))


def test_search_keeps_the_words_asked_for_and_says_when_nothing_matches(client: Client) -> None:
    page = client.get("/search/", {"q": '<script>"zebra'}).content.decode()
    assert "&lt;script&gt;&quot;zebra" in page
    assert "Nothing in the course matches" in page


def test_robots_are_told_what_not_to_read(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /progress/" in answer.content.decode()


def test_a_visitor_sees_a_newly_loaded_course_at_once(client: Client) -> None:
    lesson = make_lesson(slug="one", title="Before")
    renew_version()
    assert "Before" in client.get("/lessons/one/").content.decode()
    Lesson.objects.filter(pk=lesson.pk).update(title="After")
    assert "Before" in client.get("/lessons/one/").content.decode()
    renew_version()
    assert "After" in client.get("/lessons/one/").content.decode()


def test_a_kept_page_carries_the_policy_too_and_costs_one_query(
    client: Client, django_assert_num_queries
) -> None:
    make_lesson(slug="one")
    renew_version()
    live = client.get("/lessons/one/")
    with django_assert_num_queries(1):
        kept = client.get("/lessons/one/")
    assert kept["Content-Security-Policy"] == live["Content-Security-Policy"]
    assert kept["Content-Type"] == live["Content-Type"]
    assert kept["Vary"] == live["Vary"]
    assert Markup(kept.content.decode()).wrong == []
