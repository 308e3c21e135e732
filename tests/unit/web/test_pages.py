"""The console's files: who gets them, what a browser may do with them, and where they are from."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from importlib.resources import files
from pathlib import Path

import pytest
from aiohttp import ClientSession

from streamseg.core.messages.outcomes import (
    CANCELLED,
    DEFERRED,
    ERASED,
    FIRED,
    MERGE_REFUSED,
    MERGED,
    REASONS,
    SUPPRESSED,
)
from streamseg.web.pages import Pages

from .serving import Shop, asked

CONSOLE = Path(str(files("streamseg.web.console")))
PAGE = (CONSOLE / "index.html").read_text()
OWN = sorted(CONSOLE.glob("*.js"))
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_gets_the_page_and_a_program_what_is_served() -> None:
    async def asking(session: ClientSession) -> None:
        async with session.get("/", headers=HTML) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/html"
            assert await answer.text() == PAGE
            assert answer.headers["Vary"] == "Accept"
        async with session.get("/") as answer:
            assert answer.content_type == "application/json"
            assert (await answer.json())["name"] == "streamseg"

    asked(Shop(), asking)


def test_every_file_that_the_page_names_is_served_with_its_type() -> None:
    named = re.findall(r'"\.?/?(console/[\w./]+)"', PAGE)
    for module in OWN:
        named += [
            f"console/{name}" for name in re.findall(r'from "\./(\w+\.js)"', module.read_text())
        ]
    assert len(set(named)) > 15

    async def asking(session: ClientSession) -> None:
        for name in sorted(set(named)):
            async with session.get(f"/{name}") as answer:
                assert answer.status == 200, name
                kind = "javascript" if name.endswith(("js", "mjs")) else name.rpartition(".")[2]
                assert kind in answer.content_type
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for name in (
            "console/",
            "console/nothing.js",
            "console/../pages.py",
            "console/__init__.py",
        ):
            async with session.get(f"/{name}") as answer:
                assert answer.status == 404, name

    asked(Shop(), asking)


def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    async def asking(session: ClientSession) -> None:
        async with session.get("/console/app.js") as answer:
            tag = answer.headers["ETag"]
        async with session.get("/console/app.js", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        async with session.get("/console/app.js", headers={"If-None-Match": '"x"'}) as answer:
            assert answer.status == 200

    asked(Shop(), asking)


def test_the_policy_lets_nothing_in_but_the_workers_own_files() -> None:
    inline = re.findall(r"<script[^>]*>([^<]+)</script>", PAGE)
    assert len(inline) == 1  # the map of modules, which cannot be a file
    digest = b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    policy = dict(one.split(" ", 1) for one in Pages().policy.split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'self' 'sha256-{digest}'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", PAGE)
    for module in OWN:  # an attribute `style` would be refused, and text is never made HTML
        assert not re.search(r"\sstyle=|innerHTML|eval\(|new Function", module.read_text()), module


def test_nothing_is_asked_of_another_host() -> None:
    for path in [*OWN, CONSOLE / "console.css", CONSOLE / "index.html"]:
        assert not re.search(r"https?://|url\(|@import", path.read_text()), path


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_module_has_one_job(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 300


def test_what_others_wrote_is_as_they_published_it() -> None:
    vendor = CONSOLE / "vendor"
    sums = dict(
        reversed(line.split("  ")) for line in (vendor / "SHA256SUMS").read_text().splitlines()
    )
    about = {"SHA256SUMS", "README.md", "package.json", "package-lock.json"}
    there = {path.name for path in vendor.iterdir()} - about
    assert sums.keys() == there
    for name, expected in sums.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == expected, name
    assert {f"{one}.LICENSE" for one in ("htm", "preact", "uplot")} <= there


def test_the_lock_has_what_is_there_by_hash_and_names_no_host() -> None:
    vendor = CONSOLE / "vendor"
    text = (vendor / "package-lock.json").read_text()
    assert "://" not in text
    packages = {
        name.removeprefix("node_modules/"): one
        for name, one in json.loads(text)["packages"].items()
        if name
    }
    assert {name: one["version"] for name, one in packages.items()} == json.loads(
        (vendor / "package.json").read_text()
    )["dependencies"]
    about = (vendor / "README.md").read_text()
    for name, one in packages.items():
        assert one["integrity"].startswith("sha512-")
        assert f"| {name} {one['version']} | {one['license']} |" in about


def test_each_reason_and_each_kind_has_its_words() -> None:
    words = (CONSOLE / "words.js").read_text()
    kinds, reasons = words.split("export const REASONS")
    for reason in REASONS:
        assert f"\n  {reason}: " in reasons, reason
    for kind in (FIRED, CANCELLED, SUPPRESSED, DEFERRED, MERGED, MERGE_REFUSED, ERASED):
        assert f'"{kind}": ' in kinds, kind
