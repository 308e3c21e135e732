"""What is decided under a policy until it is told: what it is told by, what it leaves behind."""

import pytest

from .drawing import expect, play
from .test_policy_gates import CART, QUIET, SEARCH, rules
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


# Both are released by time, and told an hour after that. In the second timeline the later entry is
# released first, as the other one comes late and waits for the cap.
IN_TURN = """
    22:20 searched c1 x #early
    23:30 searched c1 x #late
    1d+08:15 page_viewed c1
"""
LATER_FIRST = """
    23:30 searched c1 x #late
    1d+08:05 page_viewed c1
    22:20 searched c1 x #early
    1d+08:15 page_viewed c1
"""
ONE_IN_TEN_MINUTES = QUIET + ", caps: {one: {max: 1, within: 10m}}"
SEVERAL = pytest.mark.parametrize(
    ("policies", "before"), [(QUIET, IN_TURN), (ONE_IN_TEN_MINUTES, LATER_FIRST)]
)


def ends(file: str, timeline: str) -> dict[str, str]:
    """How the triggers of a timeline end, by the id of their event."""
    played = play(file, timeline + "1d+12:00 end", lateness="1h")
    told = {one["anchor"].partition("#")[2]: "fired" for one in played.triggers}
    held_back = [one for one in played.decisions if one["type"] == "trigger.suppressed"]
    return told | {one["anchor"].partition("#")[2]: one["reason"] for one in held_back}


@SEVERAL
@pytest.mark.parametrize("are_told", [False, True])
def test_of_several_releases_the_latest_entry_starts_the_cooldown(
    policies: str, before: str, are_told: bool
) -> None:
    file = rules(policies, SEARCH % ", trigger: {cooldown: 1h}")
    then = "1d+09:30 page_viewed c2; " if are_told else ""
    both = {"early": "fired", "late": "fired"}
    near_the_late = f"{before} {then} 23:40 searched c1 x #third; "
    assert ends(file, near_the_late) == both | {"third": "cooldown"}
    near_the_early = f"{before} {then} 22:10 searched c1 x #third; "
    assert ends(file, near_the_early) == both | {"third": "fired"}


@SEVERAL
@pytest.mark.parametrize("are_told", [False, True])
def test_each_of_several_releases_counts_for_the_limit(
    policies: str, before: str, are_told: bool
) -> None:
    then = "1d+09:30 page_viewed c2; " if are_told else ""
    for limit, end in ((2, "limit"), (3, "fired")):
        file = rules(policies, SEARCH % f", trigger: {{limit: {limit}}}")
        timeline = f"{before} {then} 1d+08:25 searched c1 x #third; "
        assert ends(file, timeline) == {"early": "fired", "late": "fired", "third": end}
