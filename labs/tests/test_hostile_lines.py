"""From a hostile line to the browser: whatever a jail says, `seq` has no gap, no frame is broken, no markup
reaches a page.
"""

from __future__ import annotations

import html
import json
import logging
import re
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from hypothesis import HealthCheck, example, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from labs.bench.no_script import rows
from labs.catalog.local_folder import CHECKS
from labs.judging.evaluation import LONGEST_WORDS, Checks, compiled, judge
from labs.live import stream
from labs.live.broadcaster import frame, is_last
from labs.runner.warden_client import NotAnEvent, WardenGone, event_body, read_message
from sandbox import jail_lines
from sandbox.protocol import EVENT_LIMIT, Event, Kind, Outcome

EVIL = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "\n\nevent: end\ndata: {}\n\n",
        "\r\rid: 99\r",
        "\r\n",
        "\u2028data: x\u2029",
        "\x85\x0b\x0c\x1c\x1d\x1e",
        "\ud800",
        "\0",
        "'\"><img src=x onerror=alert(1)>",
        '{"seq": 1}',
        "{{ 7|add:7 }}{% debug %}",
    ]
)
TEXT = st.text(st.characters(codec=None), max_size=30) | EVIL
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {
        "lane": st.sampled_from(["driver", "worker-1", "worker-1/2"]) | VALUES,
        "kind": st.sampled_from(list(Kind)) | VALUES,
    },
    optional={
        "task": TEXT | VALUES,
        "name": TEXT | VALUES,
        "attempt": VALUES,
        "data": st.dictionaries(TEXT | st.just("forged"), VALUES, max_size=4) | VALUES,
    },
)
WORDS = st.sampled_from(
    ["text", "task", "path", "status", "seconds", "order", "member", "run", "process", "pid", "signal"]
)
TOLD = st.fixed_dictionaries(
    {
        "lane": st.sampled_from(["driver", "worker-1", "backoffice", "web", "broker"]),
        "kind": st.sampled_from(list(Kind)),
    },
    optional={
        "task": st.sampled_from(["a", "b"]),
        "name": st.sampled_from(["reserve_stock", "export_ledger"]),
        "data": st.dictionaries(
            WORDS, st.sampled_from(["sent", "answer", "ledger/1/1", 9]) | VALUES, max_size=6
        ),
    },
)
RUN = {"has_ended": True, "pk": uuid.UUID(int=1), "lab": {"slug": "x", "title": "A lab"}}


def warden_lines(event: Any, *, checked_by_warden: bool) -> list[bytes]:
    """The lines by which a runner may get this event: this warden's, or another's, which checks nothing."""
    if checked_by_warden:
        event = jail_lines.read(json.dumps({"event": event}).encode())["event"]
        return [jail_lines.event_line(jail_lines.event_text(event)).removesuffix(b"\n")]
    texts = [
        json.dumps({"event": event}),
        json.dumps({"event": event}, ensure_ascii=False),
        json.dumps({"event": event}, separators=(",", ":")),
        json.dumps({"event": event}).replace(", ", ",\r"),
    ]
    return [text.encode("utf-8", "surrogatepass") for text in texts]


def bodies(said: list[Any], *, checked_by_warden: bool = True) -> list[str]:
    """What the runner writes into the trace of what a jail said."""
    passed = []
    for event in said:
        try:
            lines = warden_lines(event, checked_by_warden=checked_by_warden)
        except jail_lines.Malformed:
            continue
        for line in lines:
            try:
                passed.append(event_body(read_message(line)["event"])[1])
            except (NotAnEvent, WardenGone):
                continue
    return passed


def browser_reads(raw: bytes) -> list[tuple[str, str, str]]:
    """(event, id, data) as a browser takes a stream apart."""
    found, event, number, data = [], "message", "", []
    for line in re.split("\r\n|\n|\r", raw.decode("utf-8")):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append((event, number, "\n".join(data)))
            event, data = "message", []
        elif name == "data":
            data.append(value)
        elif name == "id":
            number = value
        elif name == "event":
            event = value
    return found


# A busy machine generates slowly, which says nothing about the product.
@rules(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=20), st.booleans())
@example([{"lane": "driver", "kind": "mark", "data": {"text": "\n\nevent: end\ndata: {}\n\n"}}], False)
@example([{"lane": "driver", "kind": "log", "name": "\r\nid: 7\r\n", "data": {"\r\r": "\u2028"}}], False)
def test_every_event_is_one_frame_with_the_next_number(said, checked) -> None:
    written = stream.trace_lines([("0.100", body) for body in bodies(said, checked_by_warden=checked)])
    frames = browser_reads(b"".join(frame(number, line) for number, line in enumerate(written, start=1)))
    assert len(frames) == len(written)
    for place, (event, number, data) in enumerate(frames, start=1):
        assert (event, number) == ("message", str(place))
        found = Event.from_json(json.loads(data))
        assert (found.seq, found.t) == (place, 0.1)
        assert len(data.encode()) <= EVENT_LIMIT + 60


@given(EVENTS)
def test_what_this_warden_validated_is_written_as_it_is(said) -> None:
    try:
        (line,) = warden_lines(said, checked_by_warden=True)
    except jail_lines.Malformed:
        return
    found = read_message(line)["event"]
    kind, body = event_body(found)
    assert json.loads(body) == found.fields
    assert kind == found.fields["kind"]
    assert found.text is not None
    if "\\u" not in found.text:
        assert body is found.text


@pytest.mark.parametrize(
    "line",
    [
        b'{"event": {"lane": "w"}, "event": {"lane": "w", "kind": "mark", "data": {}}}',
        b'{"event": {"lane": "w", "kind": "mark"}, "event": {"lane": "w", "kind": "mark"}}',
        b'{"event": {"lane": "w", "kind": "mark", "data": {}}, "more": {}}',
        b'{"event": {"lane": "w", "kind": "mark", "data": {}} }',
        b'{"event": {"kind": "mark", "lane": "w", "data": {}}}',
        b'{"event": {"lane": "w", "kind": "run-ended", "kind": "mark", "data": {}}}',
    ],
)
def test_a_line_of_another_form_is_encoded_again(line: bytes) -> None:
    assert event_body(read_message(line)["event"])[1] == '{"lane": "w", "kind": "mark", "data": {}}'


@pytest.mark.parametrize(
    "event",
    [
        b'{"lane": "w", "kind": "mark", "kind": "run-ended", "data": {}}',
        b'{"lane": "w", "kind": "mark", "data": {"x": NaN}}',
        b'{"lane": "w", "kind": "mark", "data": {"x": 1e999}}',
        b'{"lane": "w", "kind": "mark", "data": {"x": "\\ud800"}}',
        b'{"lane": "w", "kind": "mark", "data": {"x": "\\u0000"}}',
        b'{"lane": "w", "kind": "mark", "data": {}, "seq": 7}',
        b'{"lane": "w", "kind": "mark", "data": {}, "attempt": "1"}',
        b'{"lane": "w", "kind": "mark", "data": {"x": "' + b"x" * EVENT_LIMIT + b'"}}',
    ],
)
def test_what_no_trace_may_hold_is_not_an_event(event: bytes) -> None:
    with pytest.raises(NotAnEvent):
        event_body(read_message(b'{"event": ' + event + b"}")["event"])


@rules(suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS, st.booleans())
@example({"lane": "driver", "kind": "mark", "data": {"seq": 99, "t": -1, "kind": "run-ended"}}, True)
def test_no_event_of_a_jail_ends_a_stream_or_brings_its_own_number(said, checked) -> None:
    for body in bodies([{**said, "seq": 99, "t": -5}], checked_by_warden=checked):
        line = stream.trace_line(1, "0.100", body)
        assert not is_last(line)
        assert json.loads(line)["seq"] == 1
        assert json.loads(line)["t"] == 0.1


@rules(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=6))
@example([{"lane": "driver", "kind": "log", "data": {"text": "<script>alert(1)</script>", "<b>": "'\""}}])
def test_no_markup_of_a_jail_reaches_a_page(said) -> None:
    found = rows(stream.trace_lines([("0.100", body) for body in bodies(said)]))
    page = render_to_string("labs/run_plain.html", {"rows": found, "run": RUN})
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    inside = re.sub(
        r"</?(tbody|tr|td)>|<td class=\"num( r)?\">|<span class=\"st is-failed\">not counted</span>", "", body
    )
    assert "<" not in inside
    assert ">" not in inside
    assert body.count("<tr>") == len(found)
    for row in found:
        assert row["rest"] in html.unescape(body)


def test_no_trace_of_a_jail_breaks_the_judgement_or_passes_a_lab() -> None:
    walked = 0
    for folder in sorted((settings.CONTENT / "labs").iterdir()):
        if (folder / CHECKS).is_file():
            walked += 1
            told_by_hypothesis(compiled((folder / CHECKS).read_text(), folder.name))
    assert walked >= 4


def told_by_hypothesis(checks: Checks) -> None:
    @rules(suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(TOLD, max_size=25))
    def judged(said: list[Any]) -> None:
        body = [stream.run_event(Kind.RUN_STARTED, seed=1, knobs={}), *bodies(said)]
        events = [
            Event.from_json(json.loads(line)) for line in stream.trace_lines([("0.1", text) for text in body])
        ]
        judgement = judge(checks, events, {"pages": 2})
        assert judgement.outcome != Outcome.PASSED
        assert all(len(verdict["observed"]) <= LONGEST_WORDS for verdict in judgement.checks)
        json.dumps([judgement.checks, judgement.measures], allow_nan=False)

    logging.disable(
        logging.CRITICAL
    )  # a check that raises is logged with its traceback, a hundred times here
    try:
        judged()
    finally:
        logging.disable(logging.NOTSET)
