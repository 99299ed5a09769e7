"""Those who look at a run: strangers with its link, and a page whose server dies and comes back."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Tab, Visit
from tests.journeys.bench import BENCH, RUN_WITHIN, Bench
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.jail]
CONTROLS = ("Run", "Stop", "kill -9 worker-1", "start worker-1", "Commit", "Reset")

LISTEN = """() => {
    window.said = [];
    const state = document.getElementById("conn"), heard = () => said.push(state.textContent);
    new MutationObserver(heard).observe(state, { childList: true });
}"""


@pytest.fixture(autouse=True)
def ready(product: Product) -> None:
    product.wait_ready()


def start(page: Page) -> Bench:
    page.goto(BENCH)
    bench = Bench(page).ready()
    bench.button("Table").click()
    bench.button("Run").click()
    expect(bench.says).to_have_text("Live", timeout=RUN_WITHIN)
    return bench


def test_two_visitors_watch_a_shared_run_live_and_have_no_controls(visit: Visit) -> None:
    owner = visit(permissions=["clipboard-read", "clipboard-write"]).page
    bench = start(owner)
    owner.get_by_label("Share, download, compare").click()
    bench.button("Copy the link to this run").click()
    expect(owner.locator("#share-said")).not_to_be_empty()
    link = str(owner.evaluate("navigator.clipboard.readText()"))
    watchers = [Bench(visit().page) for _ in range(2)]
    for watcher in watchers:
        watcher.page.goto(link)
        watcher.button("Table").click()
    for watcher in watchers:
        expect(watcher.says).to_have_text("Live")
        expect(watcher.page.get_by_text("Somebody shared this run with you.")).to_be_visible()
        for name in CONTROLS:
            expect(watcher.button(name)).to_have_count(0)
        expect(watcher.row("running").first).to_be_visible()
    for one in (bench, *watchers):
        one.wait_for_checks()
    rows = bench.written()
    assert len(rows) > 3
    for watcher in watchers:
        assert watcher.written() == rows
        assert watcher.heard() == bench.heard()


def test_a_stream_goes_on_where_it_stopped_after_the_web_server_was_killed(tab: Tab, product: Product) -> None:
    page = tab.page
    bench = start(page)
    expect(bench.row("worker-1", "running").first).to_be_visible(timeout=RUN_WITHIN)
    page.evaluate(LISTEN)
    heard = len(bench.heard())
    killed = product.pid("web")
    os.kill(killed, signal.SIGKILL)
    expect(bench.says).to_have_text("Connection lost, trying again")
    bench.wait_for_checks()
    tab.forgive("net::ERR_")
    said = list(page.evaluate("said"))
    assert said.index("Connection lost, trying again") < said.index("Connection resumed") < len(said) - 1, said
    assert product.pid("web") not in (0, killed)
    assert len(bench.heard()) > heard
    assert bench.heard() == list(range(1, bench.last_run()["event_count"] + 1))
    rows = bench.written()
    page.reload()
    expect(bench.says).to_contain_text("Replay of a run")
    bench.button("Table").click()
    assert bench.written() == rows
