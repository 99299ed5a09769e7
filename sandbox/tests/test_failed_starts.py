"""A lane that does not come up is named, with the seconds waited and the file that it was importing."""

from __future__ import annotations

import pytest

from sandbox.tests.client import make_request, process

pytestmark = pytest.mark.jail
WAITS = "import bench\nbench.wait_for('lane-up', lane='web', deadline=1)\n"
LOOP = "while True:\n    pass\n"
WEB = "async def app(scope, receive, send):\n    pass\n"
SPECS = (process("web", "uvicorn", app="web:app"), process("driver", "python"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"web.py": LOOP}, "web did not come up in 1 s: web.py is still being imported."),
        ({"web.py": "import shop\n" + WEB, "shop.py": LOOP}, "shop.py is still being imported."),
        ({"web.py": "import shop\n" + LOOP, "shop.py": ""}, "web.py is still being imported."),
    ],
)
def test_an_endless_loop_at_import_is_named_with_its_file(warden, files, said) -> None:
    ran = warden.run(make_request({**files, "driver.py": WAITS}, *SPECS))
    assert ran.outcome == "error"
    assert ran.reason.endswith(said)


def test_a_process_that_exits_at_import_is_named(warden) -> None:
    ran = warden.run(make_request({"web.py": "import os\nos._exit(3)\n", "driver.py": WAITS}, *SPECS))
    assert (ran.outcome, ran.reason) == ("error", "web did not start: exit status 3")


def test_a_lane_that_comes_up_late_is_no_failed_start(warden) -> None:
    files = {
        "web.py": "import time\ntime.sleep(1.5)\n" + WEB,
        "driver.py": "import bench\ntry:\n    bench.wait_for('lane-up', lane='web', deadline=0.2)\n"
        "except bench.Deadline:\n    bench.wait_for('lane-up', lane='web', deadline=30)\n",
    }
    assert warden.run(make_request(files, *SPECS)).outcome == "finished"
