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

FOLDER = Path(__file__).parents[2] / "docs" / "console"
SECONDS = 110.0  # of customers; the pictures are taken in the last of them
BEFORE_S = 45.0
SIZE = {"width": 1200, "height": 760}


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        set_up(Path(folder), lambda line: sys.stdout.write(line + "\n")) as stage,
    ):
        asyncio.run(_write_nonsense(stage))
        seen: list[bytes | None] = []
        customers = threading.Thread(
            target=lambda: asyncio.run(
                play(stage, SECONDS, lambda record, _: seen.append(record.key))
            )
        )
        customers.start()
        time.sleep(BEFORE_S)
        _take_all(stage.worker.url, (seen[-1] or b"").decode())
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
            for name, screen in screens.items():
                if scheme == "light" or name in ("live", "why"):
                    _take(page, f"{url}/#/{screen}", FOLDER / f"{name}-{scheme}.png")
        browser.close()


def _take(page: Any, address: str, picture: Path) -> None:
    page.goto(address)
    page.locator("h1").wait_for()
    page.locator(".waiting").first.wait_for(state="detached")
    page.wait_for_timeout(4_000)  # a stream fills, a check of rules comes back
    if picture.name.startswith("letters"):
        page.locator("summary").first.click()
    page.screenshot(path=picture)


if __name__ == "__main__":
    main()
