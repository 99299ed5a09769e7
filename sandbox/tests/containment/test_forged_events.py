import json

FORGE = """
import gc, json, time, bench
channel = bench._channel
def say(**words): channel._socket.send(json.dumps(words).encode())
"""


def test_a_lane_speaks_only_for_itself(bench) -> None:
    forged = "say(kind='task-started', lane='worker-1', task='a')\nsay(kind='mark', lane='broker', data={'text': 'x'})"
    ran = bench.attack(FORGE + forged)
    assert {event["lane"] for event in ran.events if event["kind"] in ("task-started", "mark")} == {"driver"}


def test_what_only_the_supervisor_says_no_lane_can_say(bench) -> None:
    kinds = [
        "lane-down",
        "command",
        "run-ended",
        "run-started",
        "broker-sample",
        "task-redelivered",
        "dropped",
        "log",
        "nonsense",
    ]
    ran = bench.attack(FORGE + f"for kind in {kinds!r}: say(kind=kind, task='a', data={{}})")
    forged = [
        event for event in ran.events if event["kind"] in kinds and event["kind"] not in ("broker-sample", "lane-down")
    ]
    assert not forged
    assert len(ran.of("lane-down")) == 1


def test_markup_and_newlines_stay_text(bench) -> None:
    nasty = "<img src=x onerror=alert(1)>\\n\\ndata: {}\\r\\nevent: end\\r\\n\\u2028\\u0000"
    ran = bench.attack(
        FORGE
        + f"bench.mark({nasty!r}.encode().decode('unicode_escape'))\nsay(kind='task-started', task='a', name={nasty!r})"
    )
    for event in ran.events:
        line = json.dumps(event, ensure_ascii=False)
        assert not {"\n", "\r", "\u2028", "\0"} & set(line)


def test_numbers_and_types_that_are_none(bench) -> None:
    code = (
        FORGE
        + """
for words in (
    dict(attempt=-1), dict(attempt='x'), dict(attempt=10**30), dict(task=3), dict(task=''), dict(name=[1]), dict(data=[]),
    dict(at='x'), dict(at=1e308), dict(data={'x': 10**400}), dict(delivery='x'), dict(delivery=1, pid='x'),
    dict(kind=None), dict(kind=[1]), dict(kind={}), dict(data={'process': 'x'}),
):
    say(**{'kind': 'task-started', 'task': 'a', 'name': 'n', 'attempt': 1, **words})
for raw in (
    b' ', b'x', b'[]', b'3', b'{"kind":', bytes([255]), b'[' * 60000, b'{"ask":3}', b'{"ask":"wait"}', b'{"ask":[]}',
    b'{"ask":"command"}', b'{"ask":"wait","match":3}', b'{"ask":"quiet","deadline":"x"}', b'{"ask":"wait","deadline":[]}',
    b'{"ask":"quiet","settle":{}}', b'{"kind":"child-down","data":{"child":"x"}}', b'{"kind":"lane-up","data":3}',
    b'{"ask":"command","action":"clock","target":"driver","options":{"to":"x"}}', b'{"kind":"task-started","task":"a","at":NaN}',
    b'{"ask":"wait","event":{},"match":{"a":[1]}}', b'{"kind":"mark","at":Infinity}', b'{"kind":"task-received","attempt":[],"task":"b"}',
):
    channel._socket.send(raw)
time.sleep(0.5)
"""
    )
    ran = bench.attack(code)
    assert ran.outcome == "finished", ran.reason


def test_a_forged_question_about_another_lane_is_not_answered_to_it(bench) -> None:
    ran = bench.attack("import bench\nprint(bench.wait_for('lane-up', lane='driver').lane)")
    assert ran.texts() == ["driver"]
