"""Section 2: what a contact did (`any`) and what only happened to it."""

import pytest

from .drawing import expect

SILENCE = "- {name: silent, use: inactivity, with: {after: 2h}}"
ACTIVE = "- {name: active, when: {did: any}, trigger: {}}"

ACTIVITY = [
    "session_started c1",
    "page_viewed c1",
    "category_viewed c1 bags",
    "product_viewed c1 p1",
    "searched c1 shoes",
    "wishlist_added c1 p1",
    "stock_alert_requested c1 p1",
    "cart_item_added c1 p1",
    "cart_item_removed c1 p1",
    "cart_updated c1 items=[]",
    "checkout_started c1 k1",
    "order_placed c1 o1",
    "message_opened c1 email",
    "message_clicked c1 email",
    "message_complained c1 email",
    "message_unsubscribed c1 email",
    "quiz_finished c1 score=3",
]
NO_ACTIVITY = [
    "message_sent c1 email",
    "message_delivered c1 email",
    "message_bounced c1 email",
    "order_cancelled c1 o1",
    "contact_updated c1 country=PL",
    "contact_merged c1 c9",
]


@pytest.mark.parametrize("what", ACTIVITY)
def test_what_the_contact_did_is_any(what: str) -> None:
    expect(ACTIVE, f"10:00 {what}", "10:00 fired active c1")


@pytest.mark.parametrize("what", NO_ACTIVITY)
def test_what_was_done_to_the_contact_is_not_any(what: str) -> None:
    expect(ACTIVE, f"10:00 {what}", "")


@pytest.mark.parametrize("what", ACTIVITY)
def test_what_the_contact_did_ends_its_silence(what: str) -> None:
    expect(
        SILENCE,
        f"10:00 page_viewed c1; 11:00 {what}; 13:00 end",
        "13:00 fired silent c1 rung=2h anchor=11:00",
    )


@pytest.mark.parametrize("what", NO_ACTIVITY)
def test_what_was_done_to_the_contact_leaves_it_silent(what: str) -> None:
    expect(
        SILENCE,
        f"10:00 page_viewed c1; 11:00 {what}; 13:00 end",
        "12:00 fired silent c1 rung=2h anchor=10:00 emitted=13:00",
    )
