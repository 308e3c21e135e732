"""A browser, and a shop with a worker to look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .shop import Shop, furnish, new_shop

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; where there is none the tests are skipped, but not where `CI` is set and
    `make check-console` has been asked for.
    """
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        pytest.skip("no Playwright here: `make check-console` installs it and runs these tests")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        what = "no Chromium on the PATH (Debian's package is `chromium`), nor in $CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(what)
        pytest.skip(what)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str, kafka: str) -> Iterator[Any]:
    """A headless browser; Kafka is there before, as starting it needs this thread's event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=chromium, args=options)
        yield started
        started.close()


@pytest.fixture(scope="module")
def shops(
    browser: Any, kafka: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Shop]]:
    """Makes shops without workers: `shops()` or `shops(rules)`."""
    made: list[Shop] = []
    with ThreadPoolExecutor(1) as aside:

        def make(*rules: str) -> Shop:
            made.append(new_shop(aside, kafka, tmp_path_factory.mktemp("console"), *rules))
            return made[-1]

        yield make
        for shop in made:
            shop.close()


@pytest.fixture(scope="module")
def shop(shops: Callable[..., Shop]) -> Shop:
    """A shop in which something has happened, with a worker that runs."""
    made = shops()
    furnish(made)
    return made


class Seen:
    """What a page complained of: errors of scripts, and what the policy refused."""

    def __init__(self, page: Any) -> None:
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._noted)

    def _noted(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


@pytest.fixture
def page(browser: Any, shop: Shop) -> Iterator[Any]:
    """A page of the shop's worker in a fresh profile; no script may fail in it.

    What happened before is told before: none of it comes to a page that counts.
    """
    shop.drained()
    context = browser.new_context(base_url=shop.url, viewport={"width": 1200, "height": 850})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    seen = Seen(opened)
    yield opened
    context.close()
    assert seen.complaints == []
