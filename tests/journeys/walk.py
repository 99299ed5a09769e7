"""Looks at a page as it stands: both themes, wide and narrow, with axe; no scrolling sideways from 360 to 1600 px."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCRIPT = Axe().axe_script
RUN = """() => axe.run({resultTypes: ["violations"]}).then(({violations}) =>
    violations.map(({id, nodes}) => `${id} at ${nodes.map((node) => node.target).join(", ")}`))"""
WIDE, PHONE = 1440, 390
HEIGHT = 900
SCHEMES = ("light", "dark")


class Walk:
    """What was looked at, by name, and what was wrong there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        self.wrong: list[str] = []

    def open(self, address: str, status: int = 200) -> None:
        """Go there and look; the address is its name."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, address
        self.look(address)

    def look(self, name: str, *, panes: tuple[str, ...] = ()) -> None:
        """Judge the page now. `panes` are the parts of a bench, which a phone shows one at a time."""
        self.seen.append(name)
        self.page.evaluate(SCRIPT)
        self._judge(name, WIDE)
        for pane in panes or ("",):
            self.page.set_viewport_size({"width": PHONE, "height": HEIGHT})
            if pane:
                self.page.get_by_role("button", name=pane, exact=True).click()
            self._judge(f"{name} {pane}".strip(), PHONE)
        for width in (360, 1600):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                self.wrong.append(f"{name} scrolls sideways at {width}")
        self.page.set_viewport_size({"width": WIDE, "height": HEIGHT})

    def _judge(self, name: str, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme in SCHEMES:
            # Nothing moves, so no colour is caught in between.
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            self.wrong += [f"{name}, {scheme} {width}: {what}" for what in self.page.evaluate(RUN)]
