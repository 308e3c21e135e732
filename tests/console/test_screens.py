"""What somebody does with the console, and what must be true of every screen of it."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from .shop import ODD, Shop

pytestmark = [pytest.mark.stream, pytest.mark.slow]

SCREENS = (
    "live",
    "segments",
    "segments?span=24h",
    "segments/cart_left",
    "contacts",
    "contacts/ann",
    "contacts/bob?raw=1",
    "contacts/nobody",
    "contacts/ann/cart_left",
    "contacts/bob/keen",
    "contacts/bob/back",
    "products/hat",
    "rules",
    "letters",
    "workers",
    "nowhere",
)


def settled(page: Any, screen: str) -> None:
    """Open a screen, and wait until it shows what it has."""
    page.goto("/#/" + screen)
    page.reload()
    page.locator("h1").wait_for()
    page.locator(".waiting").first.wait_for(state="detached")
    if screen == "rules":
        page.locator(".verdict-line.good").wait_for()


def test_a_trigger_is_seen_as_it_is_told(page: Any, shop: Shop) -> None:
    page.goto("/#/live")
    page.get_by_text("Listening").wait_for()
    shop.happens("searched", "dora", query="<b>shoes</b>")
    sent = time.monotonic()
    row = page.locator(".told", has_text="dora")
    row.wait_for()
    assert time.monotonic() - sent < 2
    assert "fired" in row.inner_text()
    assert "1 message since" in page.locator(".status-line").inner_text()
    row.get_by_role("link", name="why dora").click()
    page.get_by_role("heading", name="Why searched?").wait_for()
    assert page.evaluate("location.hash") == "#/contacts/dora/searched"


def test_what_becomes_of_a_contact_is_told_too(page: Any, shop: Shop) -> None:
    page.goto("/#/live")
    page.get_by_text("Listening").wait_for()
    shop.happens("contact_merged", "hanna", **{"from": "guest-1"})
    shop.happens("contact_erased", "hanna")
    row = page.locator(".told", has_text="hanna").first
    row.wait_for()
    assert "why" not in row.inner_text()


def test_a_paused_list_stands_still_and_counts_on(page: Any, shop: Shop) -> None:
    page.goto("/#/live?segment=searched&kind=fired")
    page.get_by_text("Listening").wait_for()
    page.get_by_role("button", name="Pause").click()
    shop.happens("searched", "emil", query="x")
    page.locator(".status-line .chip", has_text="1 new").wait_for()
    assert page.locator(".told", has_text="emil").count() == 0
    page.get_by_role("button", name="Go on").click()
    page.locator(".told", has_text="emil").wait_for()


def test_who_pauses_before_anything_is_told_is_told_of_what_comes(page: Any, shop: Shop) -> None:
    page.goto("/#/live?segment=searched")
    page.get_by_role("button", name="Pause").evaluate("one => one.click()")  # at once
    page.get_by_text("Paused; counting goes on").wait_for()
    shop.happens("searched", "frida", query="x")
    page.locator(".status-line .chip", has_text="1 new").wait_for()


def test_why_not_names_the_condition_and_when_it_holds(page: Any, shop: Shop) -> None:
    page.goto("/#/contacts/ann")
    page.get_by_role("navigation", name="Why it is in a segment").get_by_text("cart_left").click()
    page.get_by_role("heading", name="Why cart_left?").wait_for()
    verdict = page.locator(".verdict").inner_text()
    assert "Not in" in verdict
    assert "if nothing happens, enters at" in verdict
    tree = page.locator(".tree").inner_text()
    assert "unchanged for 1h" in tree
    assert "total 199" in tree
    page.goto("/#/contacts/bob/keen")
    page.locator(".verdict.in").wait_for()
    assert page.locator(".tree .truth.true").count() >= 2


def test_a_segment_with_keys_asks_for_one(page: Any, shop: Shop) -> None:
    page.goto("/#/contacts/bob/back")
    page.get_by_label("Key").fill("hat")
    page.get_by_role("button", name="Ask").first.click()
    page.locator(".tree").wait_for()
    assert "key=hat" in page.evaluate("location.hash")


def test_the_timeline_tells_what_happened(page: Any, shop: Shop) -> None:
    page.goto("/#/contacts/bob")
    entries = page.locator(".timeline .entry")
    entries.first.wait_for()
    kinds = [one.split("\n")[1] for one in entries.all_inner_texts()]
    assert kinds.count("product_viewed") == 2
    assert "fired" in kinds


def test_any_id_is_text(page: Any, shop: Shop) -> None:
    page.goto("/#/live")
    page.get_by_label("Find a contact by its id").fill(ODD)
    page.get_by_label("Find a contact by its id").press("Enter")
    page.locator("h1", has_text="a/b#c?d%25").wait_for()
    page.get_by_role("heading", name="In these segments").wait_for()
    assert page.locator("h1").inner_text() == ODD
    assert page.evaluate("location.hash") == "#/contacts/" + quote(ODD, safe="!'()*")
    assert "taken" not in page.title().split("·")[1]


def test_a_bad_rule_shows_its_line_while_it_is_typed(page: Any, shop: Shop) -> None:
    page.goto("/#/rules")
    area = page.get_by_label("Rules as YAML")
    page.locator(".verdict-line.good", has_text="4 segments").wait_for()
    assert area.input_value() == shop.installation.rules.read_text()
    area.fill("version: 1\nsegments:\n- {name: cart, use: abandoned_kart}\n")
    page.locator(".verdict-line.bad", has_text="1 error").wait_for()
    finding = page.locator(".findings .error")
    assert "abandoned_cart" in finding.inner_text()
    assert page.locator(".gutter .bad").inner_text().strip() == "3"
    finding.get_by_role("button").click()
    where = page.evaluate("document.activeElement.selectionStart")
    assert area.input_value()[:where].count("\n") == 2
    page.get_by_role("button", name="Back to those in force").click()
    page.locator(".verdict-line.good").wait_for()


def test_rules_are_tried_on_sample_events(page: Any, shop: Shop) -> None:
    page.goto("/#/rules")
    page.get_by_role("button", name="Run the test").click()
    page.get_by_text("would fire").wait_for()
    rows = page.get_by_role("region", name="What would be told").locator("tbody tr")
    assert any("cart_left step 1h" in one.replace("\t", " ") for one in rows.all_inner_texts())
    page.get_by_label("Sample events").fill("nonsense")
    page.get_by_role("button", name="Run the test").click()
    page.get_by_text("Line 1:").wait_for()


def test_a_dead_letter_that_is_sent_again_becomes_an_event(page: Any, shop: Shop) -> None:
    page.goto("/#/contacts/carl")
    page.get_by_text("Nobody known by this id").wait_for()
    page.goto("/#/letters")
    page.get_by_text("key_mismatch").first.wait_for()
    page.get_by_label("All that can be sent").check()
    page.get_by_role("button", name="Send 1 again").click()
    page.get_by_label("Put wrong keys and partitions right").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("1 letter sent, 0 left").wait_for(timeout=60_000)
    page.get_by_role("button", name="Close").click()
    page.locator(".letter .chip", has_text="sent again").wait_for()
    shop.drained()
    page.goto("/#/contacts/carl")
    page.get_by_role("heading", name="In these segments").wait_for()


def test_a_flood_is_counted_exactly_and_shown_in_part(page: Any, shop: Shop) -> None:
    page.goto("/#/live")
    page.get_by_text("Listening").wait_for()
    page.evaluate(
        """() => {
            window.said = 0;
            new MutationObserver(() => { window.said += 1; }).observe(
                document.querySelector(".status-line [role=status]"),
                { childList: true, characterData: true, subtree: true });
        }"""
    )
    many = [shop.event("searched", f"f{number}", query="q") for number in range(30_000)]
    shop.run(shop.installation.produce, many)
    page.locator(".told").first.wait_for()
    began = time.monotonic()
    page.get_by_role("button", name="Pause").click()  # it answers while they come
    page.get_by_role("button", name="Go on").click()
    assert time.monotonic() - began < 5
    page.locator(".status-line", has_text="30,000 messages since").wait_for(timeout=120_000)
    assert page.locator(".told").count() <= 200
    assert page.evaluate("window.said") <= 2  # a screen reader heard of the pause and its end


def test_the_stream_goes_on_after_the_worker_was_killed(page: Any, shop: Shop) -> None:
    page.goto("/#/live?segment=searched")
    page.get_by_text("Listening").wait_for()
    shop.happens("searched", "before", query="x")
    page.locator(".told", has_text="before").wait_for()
    assert shop.worker is not None
    shop.worker.kill()
    page.get_by_text("Trying again").wait_for()
    shop.happens("searched", "meanwhile", query="x")
    shop.start()
    page.locator(".told", has_text="meanwhile").wait_for(timeout=60_000)
    assert "2 messages since" in page.locator(".status-line").inner_text()


def test_the_keyboard_is_enough(page: Any, shop: Shop) -> None:
    page.goto("/#/segments")
    page.get_by_role("link", name="cart_left").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.keyboard.press("Tab")
    page.get_by_role("button", name="24 h", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#/segments?sort=-day"
    head = page.get_by_role("columnheader", name="24 h", exact=False).first
    assert page.locator("th[aria-sort=descending]").count() == 1, head


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen(browser: Any, shop: Shop, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(base_url=shop.url, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    found = {}
    for screen in SCREENS:
        settled(page, screen)
        violations = Axe().run(page).response["violations"]
        if violations:
            found[screen] = [
                (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations
            ]
    context.close()
    assert not found, json.dumps(found, indent=1)


def test_every_screen_fits_a_narrow_phone(browser: Any, shop: Shop) -> None:
    context = browser.new_context(base_url=shop.url, viewport={"width": 320, "height": 640})
    page = context.new_page()
    wide = {}
    for screen in SCREENS:
        settled(page, screen)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[screen] = width
    context.close()
    assert not wide


def test_nothing_is_refused_by_the_policy_on_any_screen(page: Any, shop: Shop) -> None:
    page.add_init_script(
        "window.refused = [];"
        "addEventListener('securitypolicyviolation', (e) => refused.push(e.violatedDirective));"
    )
    for screen in SCREENS:
        settled(page, screen)
        assert page.evaluate("window.refused") == [], screen
