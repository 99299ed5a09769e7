"""The page that describes the JSON API to people: the operations of its OpenAPI schema, and the feed, which
is served outside Django.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from sandbox.protocol import Kind

FEED = {
    "method": "GET",
    "path": "/api/runs/{run_id}/events/",
    "operationId": "events",
    "summary": gettext_lazy("The events of a run as they come"),
    "description": gettext_lazy(
        "Server-Sent Events, each with its seq as id; Last-Event-ID or ?after= resumes; "
        "the last one is “event: end”. With Accept: application/json the trace so far as one array."
    ),
    "kinds": [kind.value for kind in Kind],
    "answers": [
        {
            "status": "200",
            "what": "text/event-stream",
            "members": ["seq", "t", "lane", "kind", "task", "name", "attempt", "data"],
        },
        {
            "status": "204",
            "what": gettext_lazy("The run has ended and you have seen all of it."),
            "members": [],
        },
        {"status": "404", "what": "ProblemOut", "members": []},
    ],
}


def docs_page(request: HttpRequest, schema: dict[str, Any]) -> HttpResponse:
    """The description of an OpenAPI schema for people. The page needs no script."""
    shapes = schema["components"]["schemas"]
    operations = [
        {
            **operation,
            "method": method.upper(),
            "path": address,
            "takes": _takes(operation, shapes),
            "answers": _answers(operation, shapes),
        }
        for address, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api_docs.html", {"operations": [*operations, FEED]})


def _members(content: dict[str, Any], shapes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of a body's shape and its members."""
    described: dict[str, Any] = next(iter(content.values()), {})
    shape: dict[str, Any] = described.get("schema", {})
    reference = str(shape.get("$ref") or shape.get("items", {}).get("$ref", ""))
    name = reference.rpartition("/")[2]
    return name, shapes.get(name, {}).get("properties", {})


def _takes(operation: dict[str, Any], shapes: dict[str, Any]) -> list[dict[str, str]]:
    taken = [
        {
            "name": one["name"],
            "where": one["in"],
            "kind": one["schema"].get("format") or one["schema"].get("type", "text"),
        }
        for one in operation.get("parameters", [])
    ]
    _, members = _members(operation.get("requestBody", {}).get("content", {}), shapes)
    return taken + [
        {"name": name, "where": "body", "kind": shape.get("type", "JSON")} for name, shape in members.items()
    ]


def _answers(operation: dict[str, Any], shapes: dict[str, Any]) -> list[dict[str, Any]]:
    answers = []
    for status, answer in operation["responses"].items():
        name, members = _members(answer.get("content", {}), shapes)
        answers.append(
            {"status": str(status), "what": name or answer["description"], "members": list(members)}
        )
    return answers
