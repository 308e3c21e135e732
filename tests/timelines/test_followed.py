"""Section 3: `followed` and `not_followed`, where `any` meets types that are no activity."""

import pytest

from .drawing import expect


def followed(first: str, by: str, more: str = "") -> str:
    return (
        f"- {{name: s, {more} when: {{followed: {{first: {first}, by: {by}, within: 2m}}}},"
        " trigger: {}}"
    )


@pytest.mark.parametrize("passive", ["message_sent", "order_cancelled", "contact_updated"])
def test_any_follows_what_is_no_activity(passive: str) -> None:
    subject = {"message_sent": "email", "order_cancelled": "o1", "contact_updated": "age=3"}
    rule, happened = followed(passive, "any"), f"10:00 {passive} c1 {subject[passive]}; "
    expect(rule, happened + "10:02 page_viewed c1", "10:02 fired s c1")
    expect(rule, happened + "10:02:00.001 page_viewed c1", "")
    expect(rule, happened + f"10:01 {passive} c1 {subject[passive]}", "")


def test_what_is_no_activity_follows_any() -> None:
    rule = followed("any", "[message_bounced, order_placed]")
    expect(rule, "10:00 page_viewed c1; 10:01 message_bounced c1 email", "10:01 fired s c1")
    expect(rule, "10:00 order_placed c1 o1", "10:00 fired s c1")
    expect(rule, "10:00 message_bounced c1 email; 10:01 message_bounced c1 email", "")


def test_any_follows_any() -> None:
    expect(followed("any", "any"), "10:00 message_sent c1 email; 10:01 message_sent c1 email", "")
    expect(followed("any", "any"), "10:00 page_viewed c1", "10:00 fired s c1")


def test_it_is_so_for_a_key_too() -> None:
    rule = followed("message_sent", "any", "per: campaign,")
    expect(
        rule,
        "10:00 message_sent c1 email campaign=x; 10:01 message_clicked c1 email campaign=x;"
        "10:02 message_sent c1 email campaign=y",
        "10:01 fired s c1 key=x",
    )


def test_late_events_find_their_places() -> None:
    expect(
        followed("message_sent", "any"),
        "10:01 page_viewed c1; 10:00 message_sent c1 email",
        "10:01 fired s c1",
    )


def test_not_followed_by_any_after_what_is_no_activity() -> None:
    rule = (
        "- {name: s, when: {not_followed: {first: message_sent, by: [any], within: 2m}},"
        " trigger: {}}"
    )
    expect(
        rule,
        "10:00 message_sent c1 email; 10:01 message_sent c1 email; 10:03 end",
        "10:03 fired s c1",
    )
    expect(rule, "10:00 message_sent c1 email; 10:00 page_viewed c1; 10:03 end", "")
