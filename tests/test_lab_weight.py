"""A lab on a slow line and a narrow window: how much comes first, how far it moves, what does not fit."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import Visit
from tests.journeys.lab_page import BENCH, Bench

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
MOST_KIB, MOST_SHIFT = 350, 0.02
LATENCY, BYTES_A_SECOND = 400, 50_000  # ms; 400 kbit/s
WATCH = """window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts += entry.value;
}).observe({ type: 'layout-shift', buffered: true });"""


@pytest.mark.parametrize("window", [(1440, 900), (390, 844)])
def test_a_lab_comes_light_and_stays_in_its_place(visit: Visit, window: tuple[int, int]) -> None:
    tab = visit(*window)
    page, received = tab.page, []
    session = tab.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.add_init_script(WATCH)
    page.goto(BENCH, timeout=120_000)
    Bench(page).ready()
    page.wait_for_load_state("networkidle")
    assert 100 < sum(received) / 1024 <= MOST_KIB
    assert page.evaluate("shifts") < MOST_SHIFT


def test_a_row_of_commands_that_does_not_fit_fades_where_it_goes_on(visit: Visit) -> None:
    page = visit(1440, 900).page
    page.goto("/labs/anatomy-of-a-queue/")
    row = page.locator(".chaos-row")
    expect(row).to_have_class("chaos-row more-right")
    row.evaluate("row => row.scrollTo(row.scrollWidth, 0)")
    expect(row).to_have_class("chaos-row more-left")
