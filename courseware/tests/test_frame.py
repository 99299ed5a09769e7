"""The frame around every page: header, menus, icons, error pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import path

from accounts.tests.people import client_of, make_instructor, make_learner
from config.urls import urlpatterns as site
from courseware.tests.pages import Markup

BASE = Path(settings.BASE_DIR)
SPRITES = [BASE / "templates/icons.html", *BASE.glob("*/templates/*/icons.html")]
SYMBOLS = {name for sprite in SPRITES for name in re.findall(r'<symbol id="([^"]+)"', sprite.read_text())}


def broken(request):
    raise RuntimeError("broken on purpose")


urlpatterns = [path("broken/", broken), *site]


def test_every_icon_that_a_template_or_script_uses_exists() -> None:
    used = {}
    for pattern in (
        "*/templates/**/*.html",
        "templates/**/*.html",
        "*/static/**/*.js",
        "static/js/*.js",
        "authoring/*.py",
    ):
        for file in BASE.glob(pattern):
            if "vendor" not in file.parts:
                used |= dict.fromkeys(re.findall(r'#([in]-[a-z]+)"', file.read_text()), file)
    assert len(used) > 10
    assert {name: str(file) for name, file in used.items() if name not in SYMBOLS} == {}


@pytest.mark.django_db
def test_the_header_says_where_we_are(client: Client) -> None:
    page = client.get("/glossary/").content.decode()
    assert re.findall(r'href="([^"]+)"\s+aria-current="page"', page) == ["/glossary/", "/glossary/"]


@pytest.mark.django_db
def test_visitors_can_log_in_and_users_can_log_out(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "Log in" in page
    assert "Log out" not in page
    learner = make_learner(name="Mira Okafor")
    page = client_of(learner).get("/").content.decode()
    assert ">MO<" in page
    assert "Log out" in page
    assert "/studio/" not in page
    page = client_of(make_instructor()).get("/").content.decode()
    assert re.search(r'<a href="/studio/"\s*>Studio</a>', page)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500", "503"])
def test_an_error_page_renders_without_a_request_and_is_sound(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert Markup(page).wrong == []
    assert page.count("<h1") == 1


@override_settings(ROOT_URLCONF="courseware.tests.test_frame")
@pytest.mark.django_db
def test_a_broken_view_gives_a_page_without_a_trace_of_the_error(caplog) -> None:
    visitor = Client(raise_request_exception=False)
    answer = visitor.get("/broken/")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.content.decode()
    assert "on purpose" not in answer.content.decode()


def test_a_block_is_captured_under_a_name() -> None:
    template = Template(
        "{% load fragments %}{% capture here %} labs {% endcapture %}[{{ here }}][{{ here }}]"
    )
    assert template.render(Context()) == "[labs][labs]"


def test_capture_without_a_name_is_an_error_of_the_template() -> None:
    with pytest.raises(TemplateSyntaxError, match="takes the name"):
        Template("{% load fragments %}{% capture %}{% endcapture %}")


def test_the_style_sheets_and_the_scripts_name_no_other_host() -> None:
    files = [
        *BASE.glob("static/css/*.css"),
        *BASE.glob("static/js/*.js"),
        *BASE.glob("courseware/static/**/*.js"),
    ]
    assert len(files) > 7
    assert [file.name for file in files if re.search(r"(?<!w3\.org/2000)\bhttps?://", file.read_text())] == []


def test_a_class_of_a_template_has_a_rule_in_a_style_sheet_of_every_page() -> None:
    rules = "".join(file.read_text() for file in BASE.glob("static/css/*.css"))
    used: dict[str, str] = {}
    files = [*BASE.glob("templates/*.html"), *BASE.glob("courseware/templates/**/*.html")]
    for file in files:
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " ", file.read_text())
        for value in re.findall(r'class="([^"]*)"', text):
            used |= dict.fromkeys(value.split(), file.name)
    assert len(used) > 60
    assert {
        name: file for name, file in used.items() if f".{name}" not in rules and not name.endswith("--")
    } == {}


class Item:
    def __init__(self, look: str, words: str) -> None:
        self.look, self.words = look, words


def test_a_kept_loop_renders_each_look_once_for_each_version_and_argument(settings) -> None:
    settings.DEBUG = False
    body = "{{ item.words }},{% endkeptfor %}"
    loop = Template("{% load fragments %}{% keptfor item in items by look with version other %}" + body)

    def shown(items: list[Item], version: str = "v1", other: str = "x") -> str:
        return loop.render(Context({"items": items, "version": version, "other": other}))

    first = [Item("a", "one"), Item("b", "two")]
    assert shown(first) == "one,two,"
    later = [Item("b", "other"), Item("a", "other"), Item("c", "<three>")]
    assert shown(later) == "two,one,&lt;three&gt;,"
    assert shown(later, version="v2") == "other,other,&lt;three&gt;,"
    assert shown(later, other="y") == "other,other,&lt;three&gt;,"
    assert shown(first, version="") == "one,two,"
    assert shown(later, version="") == "other,other,&lt;three&gt;,"


@pytest.mark.parametrize(
    "words", ["item in items", "item in items by look", "item of items by look with version"]
)
def test_a_kept_loop_without_a_version_is_refused(words: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="keptfor is written"):
        Template("{% load fragments %}{% keptfor " + words + " %}{% endkeptfor %}")
