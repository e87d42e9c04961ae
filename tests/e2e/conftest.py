"""A real browser for tests of pages: Debian's chromium, driven by playwright, offline but for the test server."""

import os
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-dev-shm-usage", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip

# Playwright's own event loop runs in this thread; Django would take that for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once for a module: while it is open no other test could run an event loop of its own.

    Without it these tests are skipped, loudly.
    """
    if not os.access(CHROMIUM, os.X_OK):
        words = f"NO BROWSER TESTS: {CHROMIUM} is missing (apt-get install chromium)."
        warnings.warn(words, stacklevel=1)
        pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody at a screen. Everything the browser complains about is collected in `complaints`."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Goes to a page and waits until it is quiet."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        self.page.wait_for_load_state("networkidle")

    def log_in(self, username: str, password: str) -> None:
        """Through the login page, as everybody."""
        self.open("/admin/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password", exact=False).first.fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/admin/")
        self.page.wait_for_load_state("networkidle")

    def sideways(self) -> int:
        """How many pixels the page is wider than the screen."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width


@pytest.fixture(params=[1440, 360], ids=["bench", "handheld"])
def width(request: pytest.FixtureRequest) -> int:
    """A bench PC's screen, and a handheld's."""
    value: int = request.param
    return value


@pytest.fixture
def visitor(browser: Browser, live_server: Any) -> Iterator[Visitor]:
    """A fresh visitor of the running site, in a window of a bench PC."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Amsterdam"
    )
    context.set_default_timeout(20_000)
    visitor = Visitor(context, context.new_page(), live_server.url)
    visitor.page.on("console", lambda message: _note(visitor, message))
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    visitor.page.on("requestfailed", lambda request: visitor.complaints.append(f"{request.url} {request.failure}"))
    yield visitor
    context.close()


def _note(visitor: Visitor, message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"}:
        visitor.complaints.append(f"{message.type}: {message.text}")
