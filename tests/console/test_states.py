"""What a screen shows while it waits, where nothing is there, on trouble, and of very much."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from .shop import Shop

pytestmark = [pytest.mark.stream, pytest.mark.slow]

SEGMENTS = "**/api/v1/segments"


def answer(page: Any, path: str, **changes: Any) -> None:
    """Have the worker's answer at a path be another in some of its fields."""

    def changed(route: Any) -> None:
        told = route.fetch().json()
        told.update({name: to(told) if callable(to) else to for name, to in changes.items()})
        route.fulfill(json=told)

    page.route(path, changed)


def test_what_is_waited_for_is_said_and_comes(page: Any, shop: Shop) -> None:
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route(SEGMENTS, hold)
    page.goto("/#/segments")
    waiting = page.locator(".waiting")
    waiting.wait_for()
    assert waiting.get_attribute("role") == "status"
    assert waiting.inner_text().strip() == "Loading segments…"
    page.wait_for_timeout(300)
    for route in held:
        route.continue_()
    page.get_by_role("link", name="cart_left").wait_for()
    assert waiting.count() == 0


def test_a_worker_that_does_not_answer_is_asked_again(page: Any, shop: Shop) -> None:
    page.route(SEGMENTS, lambda route: route.abort())
    page.goto("/#/segments")
    alert = page.get_by_role("alert")
    alert.get_by_text("The worker does not answer.").wait_for()
    page.unroute(SEGMENTS)
    alert.get_by_role("button", name="Try again").click()
    page.get_by_role("link", name="cart_left").wait_for()


def test_what_was_known_stays_and_is_said_to_be_old(page: Any, shop: Shop) -> None:
    page.goto("/#/segments")
    page.get_by_role("link", name="cart_left").wait_for()
    page.route(SEGMENTS, lambda route: route.abort())
    page.get_by_text("Not up to date.").wait_for()
    assert page.get_by_role("link", name="cart_left").count() == 1
    page.unroute(SEGMENTS)
    page.get_by_text("Not up to date.").wait_for(state="detached")


def test_a_contact_that_moves_is_waited_for(page: Any, shop: Shop) -> None:
    moving = {"status": 503, "code": "partition_moving", "detail": "its partition moves"}
    path = "**/api/v1/contacts/ann"
    page.route(path, lambda route: route.fulfill(status=503, json=moving))
    page.goto("/#/contacts/ann")
    page.get_by_text("The page asks again by itself.").first.wait_for()
    page.unroute(path)
    page.get_by_role("heading", name="In these segments").wait_for()


def test_a_question_that_waits_for_another_one_is_no_error(page: Any, shop: Shop) -> None:
    busy = {"status": 409, "code": "busy", "detail": "another question goes on"}
    path = re.compile(r"/api/v1/contacts/bob/timeline")
    page.route(path, lambda route: route.fulfill(status=409, json=busy))
    page.goto("/#/contacts/bob")
    page.get_by_role("heading", name="In these segments").wait_for()
    page.locator(".waiting").wait_for()
    page.wait_for_timeout(1_500)
    assert page.get_by_role("alert").count() == 0
    page.unroute(path)
    page.locator(".timeline .entry").first.wait_for()


@pytest.mark.parametrize(
    ("screen", "path", "nothing", "said"),
    [
        ("segments", SEGMENTS, {"segments": []}, "No segments yet"),
        (
            "letters",
            "**/api/v1/dlq",
            {"letters": [], "codes": {}, "sources": {}},
            "No dead letters",
        ),
        ("contacts/bob", re.compile("/timeline"), {"entries": []}, "Nothing in this time"),
        (
            "workers",
            "**/api/v1/workers",
            {"workers": lambda told: [{**told["workers"][0], "partitions": []}]},
            "It stands by",
        ),
        ("contacts", None, {}, "Whom are you looking for?"),
        ("live", None, {}, "Quiet so far"),
    ],
)
def test_a_screen_with_nothing_says_so(
    page: Any, shop: Shop, screen: str, path: Any, nothing: dict[str, Any], said: str
) -> None:
    if path is not None:
        answer(page, path, **nothing)
    page.goto(f"/#/{screen}")
    page.get_by_text(said).first.wait_for()


def test_a_part_of_the_workers_is_said_to_be_a_part(page: Any, shop: Shop) -> None:
    answer(page, SEGMENTS, partitions={"answered": 1, "of": 2})
    page.goto("/#/segments")
    page.get_by_text("Of 1 of 2 partitions only").wait_for()


def test_an_alert_that_is_raised_is_shown_where_its_segment_is(page: Any, shop: Shop) -> None:
    answer(
        page,
        SEGMENTS,
        segments=lambda told: [{**one, "alerts": ["crowd"]} for one in told["segments"]],
    )
    page.goto("/#/segments")
    assert page.locator("tbody tr").first.locator(".chip.alert").inner_text() == "alert crowd"
    answer(page, "**/api/v1/segments/keen", alerts=["crowd"])
    page.goto("/#/segments/keen")
    page.get_by_text("The alert crowd of your rules is raised.").wait_for()


def test_what_passed_by_too_quickly_is_told(page: Any, shop: Shop) -> None:
    body = 'event: gap\ndata: {"missed": 1234}\n\n'
    page.route(
        "**/api/v1/stream",
        lambda route: route.fulfill(body=body, content_type="text/event-stream"),
        times=1,
    )
    page.goto("/#/live")
    page.get_by_text("1,234 messages passed by here").wait_for()
    page.locator(".status-line", has_text="1,234 messages since").wait_for()
    page.get_by_text("Listening").wait_for()


def many(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Ten thousand segments."""
    like = told["segments"][0]
    return [
        {**like, "segment": f"segment-{number}", "size": number % 777} for number in range(10_000)
    ]


def test_ten_thousand_segments_are_quick_to_look_at(page: Any, shop: Shop) -> None:
    answer(page, SEGMENTS, segments=many)
    page.goto("/#/segments?sort=-members")
    page.get_by_text("1 to 100 of 10,000").wait_for()
    assert page.locator("tbody tr").count() == 100
    assert page.locator("tbody tr").first.locator("td").first.inner_text() == "776"
    page.get_by_role("link", name="After").click()
    page.get_by_text("101 to 200 of 10,000").wait_for()
    assert "page=2" in page.evaluate("location.hash")
    began = time.monotonic()
    page.get_by_label("Name").fill("-9999")
    page.get_by_role("link", name="segment-9999").wait_for()
    assert time.monotonic() - began < 2
    assert page.locator("tbody tr").count() == 1
    assert page.evaluate("location.hash") == "#/segments?sort=-members&q=-9999"
    page.get_by_label("Name").fill("nothing")
    page.get_by_text("No segment has this in its name").wait_for()


def test_one_of_ten_thousand_segments_is_chosen_by_typing(page: Any, shop: Shop) -> None:
    answer(page, SEGMENTS, segments=many)
    page.goto("/#/live")
    page.locator("input[list]").wait_for()
    field = page.get_by_role("combobox", name="Segment")
    field.fill("segment-123")
    assert page.locator("datalist option").count() <= 100
    field.press("Enter")
    page.wait_for_url("**/#/live?segment=segment-123")
    page.goto("/#/contacts/ann")
    field = page.get_by_role("combobox", name="Segment")
    field.fill("segment-77")
    field.press("Enter")
    page.wait_for_url("**/#/contacts/ann/segment-77")


def test_the_theme_is_the_systems_until_it_is_chosen(browser: Any, shop: Shop) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    grounds = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=shop.url, color_scheme=scheme)
        page = context.new_page()
        page.goto("/#/contacts")
        page.locator("h1").wait_for()
        grounds[scheme] = page.evaluate(ground)
    assert grounds["light"] != grounds["dark"]
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(ground) == grounds["light"]
    page.reload()
    page.get_by_role("button", name="Dark colours").wait_for()
    assert page.evaluate(ground) == grounds["light"]
    context.close()


def test_times_are_those_of_the_readers_clock(browser: Any, shop: Shop) -> None:
    context = browser.new_context(base_url=shop.url, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto("/#/contacts/bob/keen")
    page.locator(".verdict.in").wait_for()
    entered, shown = page.locator(".verdict time").first.evaluate(
        "one => [one.dateTime, one.firstChild.textContent]"
    )
    hour = (int(entered[11:13]) + 9) % 24
    assert f"{hour:02}{entered[13:19]}" in shown
    held = page.locator(".holds li").inner_text()
    assert f"it fired at {shown.strip()}" in held
    told = page.evaluate(
        """async () => {
            const { byClockHere } = await import(new URL("console/words.js", document.baseURI));
            return [
                byClockHere("unchanged since 23:30:00.000", "2025-11-20T23:31:00.000Z"),
                byClockHere("since 2025-11-19 10:00:00.500; now", "2025-11-20T23:31:00.000Z"),
                byClockHere("at 10:00:00.000"),
            ];
        }"""
    )
    assert told == [
        "unchanged since 21 Nov 2025, 08:30:00",
        "since 19 Nov 2025, 19:00:00; now",
        "at 10:00:00.000",
    ]
    context.close()


def test_who_wants_no_motion_sees_none(browser: Any, shop: Shop) -> None:
    context = browser.new_context(base_url=shop.url, reduced_motion="reduce")
    page = context.new_page()
    page.route(SEGMENTS, lambda _: None)
    page.goto("/#/segments")
    page.locator(".waiting .bar").first.wait_for()
    moving = "document.getAnimations().length"
    assert page.evaluate(moving) == 0
    context.close()


@pytest.mark.parametrize(
    ("name", "label", "value"),
    [
        ("segment", "Segment", "keen"),
        ("kind", "Kind", "fired"),
        ("reason", "Held back because", "cooldown"),
    ],
)
def test_a_filter_is_in_the_address(
    page: Any, shop: Shop, name: str, label: str, value: str
) -> None:
    page.goto(f"/#/live?{name}={value}")
    page.get_by_text("Listening").wait_for()
    field = page.get_by_label(label)
    assert field.input_value() == value
    field.select_option("")
    page.wait_for_url("**/#/live")


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("live?contact=bob", ".chip >> text=of bob"),
        ("segments?sort=-held", "th[aria-sort=descending] >> text=Held back"),
        ("segments?span=24h", "th >> text=Fired in the last 24 hours"),
        ("segments/keen?span=24h", "h2 >> text=Triggers in the last 24 hours"),
        ("segments/keen?since=7d", "[aria-current=true] >> text=7 days"),
        ("contacts/bob?raw=1", "h2 >> text=All that is remembered"),
        ("contacts/bob?since=1h", "[aria-current=true] >> text=1 hour"),
        ("contacts/bob/back?key=hat", ".verdict >> text=for hat"),
        ("letters?code=key_mismatch", ".chip[aria-current=true] >> text=key_mismatch"),
    ],
)
def test_what_is_looked_at_is_in_the_address(
    page: Any, shop: Shop, address: str, what: str
) -> None:
    page.goto(f"/#/{address}")
    page.locator(what).first.wait_for()


def test_the_past_is_stepped_through_by_keys_and_has_an_address(page: Any, shop: Shop) -> None:
    page.goto("/#/contacts/bob/keen")
    page.locator(".verdict.in").wait_for()
    slider = page.get_by_role("slider", name="Step through the last week")
    slider.focus()
    assert slider.get_attribute("aria-valuetext") == "now"
    slider.press("Home")
    page.locator(".verdict.out").wait_for()
    assert "product_viewed" in (slider.get_attribute("aria-valuetext") or "")
    address = page.evaluate("location.hash")
    assert "at=20" in address
    page.goto("about:blank")
    page.goto(f"/{address}")
    page.locator(".verdict.out").wait_for()
    page.get_by_role("button", name="Now", exact=True).click()
    page.locator(".verdict.in").wait_for()


def test_a_trigger_leads_to_its_records(page: Any, shop: Shop) -> None:
    page.goto("/#/contacts/bob/keen")
    page.get_by_role("button", name="Find its records in Kafka").click()
    page.locator("li code", has_text=shop.installation.topic("triggers")).first.wait_for()


def test_letters_are_saved_as_they_are(page: Any, shop: Shop) -> None:
    page.goto("/#/letters")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download all").click()
    lines = Path(downloading.value.path()).read_text().splitlines()
    (letter,) = [json.loads(line) for line in lines]
    assert (letter["code"], letter["key"]) == ("key_mismatch", "somebody else")
    assert json.loads(letter["value"])["contact"] == "carl"


def test_a_dialog_is_left_by_escape(page: Any, shop: Shop) -> None:
    page.goto("/#/letters")
    page.get_by_label("All that can be sent").check()
    opener = page.get_by_role("button", name="Send 1 again")
    opener.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent").startswith("Send 1 again")
