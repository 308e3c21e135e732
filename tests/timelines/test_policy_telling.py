"""What is decided under a policy until it is told: what it is told by, what it leaves behind."""

from .drawing import expect, play
from .test_policy_gates import CART, SEARCH, rules
from .test_policy_stages import BACK, SOLD, YES

CONSENT = "consent: {email: {grant: consent.email, channel: email%s}}"
NEEDS = CART % ("1h", ", policy: {consent: [email]}")


def test_interest_that_was_kept_is_used_up_by_the_release_that_follows() -> None:
    night = rules("quiet: {from: 23:00, to: 08:00}", BACK % "")
    played = play(
        night,
        SOLD + "02:00 stock_changed p1 5; 06:00 stock_changed p1 0; 12:00 stock_changed p1 5; "
        "13:00 stock_changed p1 0; 14:00 stock_changed p1 5; 15:00 end",
    )
    assert [one["entered_at"][11:16] for one in played.triggers] == ["12:00"]


def test_that_it_waits_is_not_told_of_who_is_told_to_have_left() -> None:
    expect(
        rules("quiet: {from: 22:00, to: 08:00}", CART % ("1h", "")),
        "21:30 cart_item_added c1 p1; 22:30:02 page_viewed c1; 22:30:03 order_placed c1 o1; "
        "23:00 end",
        "22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=22:30:03 reason=left",
        lateness="5s",
    )


def test_a_yes_that_ends_after_the_release_and_before_it_is_told_is_one() -> None:
    expect(
        rules(CONSENT % ", expires: 1h", NEEDS),
        f"09:59:58 cart_item_added c1 p1; 10:00 {YES}; 12:00 end",
        "10:59:58 fired cart c1 rung=1h anchor=09:59:58 emitted=12:00 allowed=email",
        lateness="5s",
    )


def test_a_place_that_a_lost_consent_frees_is_free_when_that_is_known() -> None:
    expect(
        rules(
            CONSENT % "" + ", caps: {one: {max: 1, within: 1d}}",
            NEEDS,
            SEARCH % ", policy: {consent: none}",
        ),
        f"09:00 {YES}; 10:00 cart_item_added c1 p1; 11:00:01 searched c1 x #e1; "
        "11:00:03 message_unsubscribed c1 email; 12:00 end",
        """
        11:00:01 deferred s c1 anchor=11:00:01#e1 reason=cap until=1d+11:00
        11:00 suppressed cart c1 rung=1h anchor=10:00 emitted=12:00 reason=consent
        11:00:01 fired s c1 anchor=11:00:01#e1 emitted=12:00 released=11:00:05
        """,
        lateness="5s",
    )


def test_what_fires_does_not_count_where_messages_alone_do() -> None:
    file = rules(
        "caps: {one: {max: 1, within: 1d, count: [sent], channel: email}}",
        SEARCH % "",
    )
    searches = "10:00 searched c1 x; 11:00 searched c1 y; "
    assert len(play(file, searches + "12:00 end").triggers) == 2
    sent = searches + "11:30 message_sent c1 email; 11:40 searched c1 z; 12:00 end"
    assert len(play(file, sent).triggers) == 2
