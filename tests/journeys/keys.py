"""A visitor without a mouse: goes from control to control by Tab, and has to see where the focus is."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

HAS_FOCUS = "control => control === document.activeElement"
SEEN = "control => control.matches(':focus-visible')"
NAME = """() => { const at = document.activeElement;
    return (at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent || at.tagName).trim().slice(0, 30); }"""
NO_POINTER = "addEventListener('pointerdown', () => console.error('a pointer was used'), true)"


class Keys:
    """The keyboard of one page; a pointer that is pressed on it is an error of the page's console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(NO_POINTER)

    def reach(self, control: Locator, *, by: str = "Tab", within: int = 60) -> Locator:
        """Press `by` until `control` has the focus, at most `within` times; the focus has to be visible there."""
        path = []
        for _ in range(within + 1):
            if control.evaluate(HAS_FOCUS):
                assert control.evaluate(SEEN), f"{control} has the focus and does not show it"
                return control
            self.page.keyboard.press(by)
            path.append(self.page.evaluate(NAME))
        raise AssertionError(f"{control} is not reached within {within} times {by}; passed: {path}")

    def enter(self, control: Locator, *, by: str = "Tab", within: int = 60) -> None:
        """Reach a control and press Enter on it."""
        self.reach(control, by=by, within=within)
        self.page.keyboard.press("Enter")

    def choose(self, radios: Locator, text: str) -> None:
        """Of a group of radio buttons the one whose label holds `text`: one tab stop, then arrows."""
        labels = [str(label) for label in radios.evaluate_all("all => all.map((one) => one.labels[0].textContent)")]
        place = next(at for at, label in enumerate(labels) if text in label)
        self.reach(radios.first)
        if place == 0:
            self.page.keyboard.press("Space")
        for _ in range(place):
            self.page.keyboard.press("ArrowDown")
        assert radios.nth(place).is_checked()
