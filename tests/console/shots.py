"""Takes the pictures of docs/console.md: `make console-shots`. A demo runs meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from streamseg.demo.play import play
from streamseg.demo.stage import Stage, set_up
from streamseg.produce.sender import Sender
from streamseg.tail.rendering import message_of

FOLDER = Path(__file__).parents[2] / "docs" / "console"
SECONDS = 170.0  # of customers; the pictures are taken in the last of them
BEFORE_S = 75.0  # so that workers have told what they counted in a minute
WHOLE = ("segment-", "why", "rules")  # the page, and not what of it fits into a window
SIZE = {"width": 1200, "height": 760}


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        set_up(Path(folder), lambda line: sys.stdout.write(line + "\n")) as stage,
    ):
        asyncio.run(_write_nonsense(stage))
        seen: list[dict[str, Any]] = []
        customers = threading.Thread(
            target=lambda: asyncio.run(
                play(stage, SECONDS, lambda record, _: seen.append(message_of(record) or {}))
            )
        )
        customers.start()
        time.sleep(BEFORE_S)
        fired = [one["contact"] for one in seen if one.get("rung") == "3s"]
        _take_all(stage.worker.url, fired[-1])
        customers.join()


async def _write_nonsense(stage: Stage) -> None:
    """Three dead letters."""
    events = stage.settings.topic("events")
    async with Sender(stage.settings.connection()) as sender:
        await sender.find([events])
        sender.add(
            events, b"c-7", b'{"type":"order_placed","contact":"c-7","time":"yesterday"}', []
        )
        sender.add(events, b"c-9", b'{"type":"order_placed","contact":"c-8","time":1}', [])
        sender.add(events, b"c-3", b"\xff\xfe not JSON", [])
        await sender.flush()


def _take_all(url: str, contact: str) -> None:
    screens = {
        "live": "live",
        "segments": "segments",
        "segment": "segments/cart_left",
        "contact": f"contacts/{contact}",
        "why": f"contacts/{contact}/cart_left",
        "rules": "rules",
        "letters": "letters",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for scheme in ("light", "dark"):
            page = browser.new_context(color_scheme=scheme, viewport=SIZE).new_page()
            page.set_default_timeout(90_000)
            for name, screen in screens.items():
                if scheme == "light" or name in ("live", "why"):
                    _take(page, f"{url}/#/{screen}", FOLDER / f"{name}-{scheme}.png")
        browser.close()


def _take(page: Any, address: str, picture: Path) -> None:
    page.goto(address)
    page.locator("h1").wait_for()
    page.locator(".waiting").first.wait_for(state="detached")
    page.wait_for_timeout(4_000)  # a stream fills
    if picture.name.startswith("rules"):
        _draft(page)
    if picture.name.startswith("segment-"):
        page.get_by_text("Reached", exact=True).wait_for()
    if picture.name.startswith("letters"):
        page.locator("summary").first.click()
    page.screenshot(path=picture, full_page=picture.name.startswith(WHOLE))


def _draft(page: Any) -> None:
    """A change of the rules, with a mistake in it."""
    text = page.get_by_label("Rules as YAML")
    text.fill(text.input_value().replace("after: 10s", "after: 10sec").replace("8s]", "20s]"))
    page.locator(".verdict-line.bad").wait_for()


if __name__ == "__main__":
    main()
