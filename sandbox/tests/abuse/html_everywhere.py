"""Puts markup, newlines and stream framing in every field that a program can fill; all come out as one line
of plain data.
"""

import json

from sandbox.tests.abuse.harness import workers

FAMILY = "HTML and newlines in every field"
EVIL = "<script>alert(1)</script>\n\ndata: forged\r\nid: 99\n"
REQUEST = workers(
    f"""
import sys, bench, tasks
evil = {EVIL!r}
bench.mark(evil, **{{evil: evil, "nested": {{evil: [evil]}}}})
print(evil)
sys.stderr.write(evil)
tasks.evil.delay(evil)
tasks.app.send_task(evil, task_id="<b>" + evil)
tasks.app.send_task("x", queue=evil)
bench.wait_for("task-failed", deadline=30)
raise ValueError(evil)
""",
    f"""
EVIL = {EVIL!r}
@app.task(name="shop.<img src=x onerror=alert(1)>")
def evil(text):
    raise ValueError(EVIL)
""",
)
ENDS = {"error"}
SAYS = "driver.py, line"


def contained(seen) -> None:
    assert "script" in seen.ran.reason
    assert len([event for event in seen.ran.events if "alert(1)" in json.dumps(event)]) > 5
    for event in seen.ran.events:
        assert "\n" not in json.dumps(event)
        for name in ("lane", "kind", "task", "name"):
            assert not set(str(event.get(name, ""))) & set("\r\n\0"), event
    assert not set(seen.ran.reason) & {"\r", "\0"}
