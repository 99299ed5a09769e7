"""Pages kept for visitors without a record: the same text, never the same secrets, never for anybody else."""

from __future__ import annotations

import re
import uuid

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts.pages.kept_pages import kept_for_visitors

FORM = '<input name="csrfmiddlewaretoken" value="{}"><input name="q-submission" value="{}"> {} times'


class Site:
    """A page that counts how often it was rendered."""

    def __init__(self) -> None:
        self.version = "one"
        self.times = 0
        self.page = kept_for_visitors(lambda: self.version)(self.view)

    def view(self, request: HttpRequest) -> HttpResponse:
        self.times += 1
        return HttpResponse(FORM.format(get_token(request), uuid.uuid4(), self.times))

    def get(self, path: str = "/", **cookies: str) -> str:
        request = RequestFactory().get(path)
        request.COOKIES.update(cookies)
        return self.page(request).content.decode()


@pytest.fixture
def site(settings) -> Site:
    settings.DEBUG = False
    return Site()


def test_a_page_is_rendered_once_for_all_visitors(site: Site) -> None:
    assert site.get().endswith("1 times")
    assert site.get().endswith("1 times")


def test_each_visitor_gets_a_token_and_a_form_id_of_their_own(site: Site) -> None:
    first, second = site.get(), site.get()
    for secret in (r'csrfmiddlewaretoken" value="(\w{64})"', r'submission" value="([0-9a-f-]{36})"'):
        assert re.findall(secret, first) != re.findall(secret, second)


def test_the_token_of_a_kept_page_is_the_visitors(site: Site) -> None:
    site.get()
    request = RequestFactory().get("/")
    response = site.page(request)
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize("cookie", ["guest", "sessionid", "messages", "anything"])
def test_whoever_brings_another_cookie_gets_the_page_from_its_view(site: Site, cookie: str) -> None:
    site.get()
    assert site.get(**{cookie: "x"}).endswith("2 times")
    assert site.get(csrftoken="x" * 32).endswith("1 times")


def test_a_new_version_is_rendered_anew(site: Site) -> None:
    site.get()
    site.version = "two"
    assert site.get().endswith("2 times")


def test_nothing_is_kept_while_there_is_no_version(site: Site) -> None:
    site.version = ""
    site.get()
    assert site.get().endswith("2 times")


def test_a_query_is_no_part_of_a_kept_page(site: Site) -> None:
    site.get()
    assert site.get("/?q=1").endswith("2 times")


def test_paths_are_kept_apart(site: Site) -> None:
    site.get("/one/")
    assert site.get("/two/").endswith("2 times")
    assert site.get("/one/").endswith("1 times")


def test_what_is_not_found_is_not_kept(settings) -> None:
    settings.DEBUG = False

    @kept_for_visitors(lambda: "one")
    def missing(request: HttpRequest) -> HttpResponse:
        raise Http404

    for _ in range(2):
        with pytest.raises(Http404):
            missing(RequestFactory().get("/"))
