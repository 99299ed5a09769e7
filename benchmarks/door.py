"""The site's ASGI and WSGI applications with one more page: an empty template to compare real pages with."""

from __future__ import annotations

import os
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
settings.ROOT_URLCONF = "benchmarks.door"
settings.TEMPLATES[0]["DIRS"].append(settings.BASE_DIR / "benchmarks" / "templates")
django.setup()  # before the addresses below, whose views import models


def empty(request: HttpRequest) -> HttpResponse:
    return render(request, "empty.html")


urlpatterns = [path("empty/", empty), path("", include("config.urls"))]


def __getattr__(name: str) -> Any:
    """`wsgi` and `asgi`, made when a server imports one, after the settings above have changed."""
    if name == "wsgi":
        from config.wsgi import application  # only now: it reads ROOT_URLCONF

        return application
    if name == "asgi":
        from config.asgi import application as door  # only now, likewise

        return door
    raise AttributeError(name)
