"""A draft of rules: what it changes, and what if others change the rules meanwhile."""

from __future__ import annotations

import difflib
import random
from typing import Any

import pytest

from .shop import RULES, Shop

pytestmark = [pytest.mark.stream, pytest.mark.slow]

MINE = RULES.replace("at_least: 2", "at_least: 3")
THEIRS = RULES.replace("cooldown: 1d", "cooldown: 2d")


def write(page: Any, text: str) -> None:
    page.get_by_label("Rules as YAML").fill(text)
    page.locator(".verdict-line.good").wait_for()


def test_a_draft_shows_what_it_changes(page: Any, shop: Shop) -> None:
    page.goto("/#/rules")
    write(page, MINE)
    panel = page.locator("section", has=page.get_by_role("heading", name="What your draft changes"))
    lines = panel.locator("tr.added code, tr.removed code").all_inner_texts()
    assert lines == [one for one in RULES.splitlines() if "at_least" in one] + [
        one for one in MINE.splitlines() if "at_least" in one
    ]
    page.reload()
    assert page.get_by_label("Rules as YAML (draft)").input_value() == MINE
    write(page, RULES)
    assert panel.count() == 0


def test_the_second_of_two_is_told_what_the_first_has_changed(page: Any, shop: Shop) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto("/#/rules")
    before = page.locator(".lead").inner_text().split()[-1]
    write(page, MINE)
    assert shop.worker is not None
    shop.worker.stop()
    page.get_by_text("Not up to date.").wait_for()
    shop.installation.rules.write_text(THEIRS)
    shop.start(topic_url="http://127.0.0.1:1/ui/topics/{topic}")
    notice = page.get_by_role("alert", name="Other rules are in force")
    notice.wait_for(timeout=60_000)
    assert before in notice.inner_text()
    lines = notice.locator("tr.added code, tr.removed code").all_inner_texts()
    assert lines == ["  trigger: {cooldown: 1d}", "  trigger: {cooldown: 2d}"]
    assert page.get_by_label("Rules as YAML (draft)").input_value() == MINE
    assert Axe().run(page).response["violations"] == []
    notice.get_by_role("button", name="Keep my draft").click()
    notice.wait_for(state="detached")
    page.reload()
    assert page.get_by_label("Rules as YAML (draft)").input_value() == MINE
    page.get_by_role("button", name="Back to those in force").click()
    assert page.get_by_label("Rules as YAML").input_value() == THEIRS


def test_a_check_that_another_one_holds_up_comes_later(page: Any, shop: Shop) -> None:
    busy = {"status": 503, "code": "busy", "detail": "another such question is being answered"}
    path = "**/api/v1/rules/check"
    page.route(path, lambda route: route.fulfill(status=503, json=busy))
    page.goto("/#/rules")
    with page.expect_response(path):
        page.get_by_text("Checking…").wait_for()
    page.wait_for_timeout(500)
    assert page.get_by_role("alert").count() == 0
    page.unroute(path)
    page.locator(".verdict-line.good").wait_for()


def test_topics_are_browsed_where_somebody_says(page: Any, shop: Shop) -> None:
    page.goto("/#/workers")
    name = shop.installation.topic("triggers")
    link = page.get_by_role("link", name=name, exact=True)
    assert link.get_attribute("href") == f"http://127.0.0.1:1/ui/topics/{name}"


def test_changes_are_as_few_as_can_be(page: Any, shop: Shop) -> None:
    page.goto("/#/rules")
    drawn = random.Random(7)
    texts = ["\n".join(drawn.choices("abcd", k=drawn.randrange(30))) for _ in range(400)]
    pairs = list(zip(texts[::2], texts[1::2], strict=True))
    found = page.evaluate(
        """async (pairs) => {
            const { diff } = await import(new URL("console/diff.js", document.baseURI));
            return pairs.map(([before, after]) => diff(before, after));
        }""",
        pairs,
    )
    for (before, after), lines in zip(pairs, found, strict=True):
        assert "\n".join(one["text"] for one in lines if one["sign"] != "+") == before
        assert "\n".join(one["text"] for one in lines if one["sign"] != "-") == after
        same = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
        kept = sum(one["sign"] == " " for one in lines)
        assert kept >= sum(block.size for block in same.get_matching_blocks())
