"""Policies: consent, control, arms, the best time, and what ends a wait."""

import pytest

from streamseg.core.policies.arms import bucket

from .drawing import Played, expect, play
from .test_policy_gates import CART, ENTERS, QUIET, SEARCH, released, rules

CONSENT = (
    "consent: {email: {grant: consent.email, channel: email, expires: 730d}, "
    "push: {grant: consent.push, channel: push}}"
)
NEEDS = SEARCH % ", policy: {consent: [email]}"
YES = 'contact_updated c1 consent={"email":true}'


def allowed(timeline: str, segment: str = NEEDS, more: str = "") -> list[str]:
    """What is told, and what it is allowed by."""
    played = play(rules(CONSENT + more, segment), timeline)
    return [
        one.get("reason") or "+".join(one["allowed"]) for one in played.decisions + played.triggers
    ]


@pytest.mark.parametrize(
    "said",
    ["", 'consent={"email":null}', 'consent={"email":"true"}', "consent=null", "consent=true"],
)
def test_22_no_answer_is_no(said: str) -> None:
    update = f"09:00 contact_updated c1 {said}; " if said else ""
    assert allowed(update + "10:00 searched c1 x; 2d+00:00 end") == ["consent"]


def test_23_the_latest_answer_holds() -> None:
    stop = "-18d+00:00 message_unsubscribed c1 email; "
    assert allowed(f"-20d+00:00 {YES}; " + "10:00 searched c1 x") == ["email"]
    assert allowed(f"-20d+00:00 {YES}; " + stop + "10:00 searched c1 x") == ["consent"]
    again = f"-17d+00:00 {YES}; "
    assert allowed(f"-20d+00:00 {YES}; " + stop + again + "10:00 searched c1 x") == ["email"]


def test_24_of_one_instant_the_no_holds() -> None:
    stop = "09:00 message_unsubscribed c1 email; "
    assert allowed(f"09:00 {YES}; " + stop + "10:00 searched c1 x") == ["consent"]
    assert allowed(stop + f"09:00 {YES}; " + "10:00 searched c1 x") == ["consent"]


NIGHT = f"{CONSENT}, {QUIET}"


def test_25_consent_is_asked_again_when_it_is_released() -> None:
    cart = CART % ("1h", ", policy: {consent: %s}")
    stop = "1d+06:00 message_unsubscribed c1 email; 1d+12:00 end"
    both = '20:00 contact_updated c1 consent={"email":true,"push":true}; '
    one = play(rules(NIGHT, cart % "[email]"), both + ENTERS + stop)
    assert [each["type"][8:] for each in one.decisions] == ["deferred", "suppressed"]
    assert one.decisions[1]["reason"] == "consent"
    assert one.triggers == []
    (fired,) = play(rules(NIGHT, cart % "[email, push]"), both + ENTERS + stop).triggers
    assert fired["allowed"] == ["push"]


def test_25_consent_is_asked_again_when_it_is_told() -> None:
    cart = CART % ("1h", ", policy: {consent: [email]}")
    played = play(
        rules(CONSENT, cart),
        f"20:00 {YES}; 20:30 cart_item_added c1 p1; 21:30:03 message_unsubscribed c1 email; "
        "23:00 end",
        lateness="5s",
    )
    assert [each["reason"] for each in played.decisions] == ["consent"]
    assert played.triggers == []


def test_26_a_yes_comes_too_late() -> None:
    cart = CART % ("1h", ", policy: {consent: [email]}")
    expect(
        rules(NIGHT, cart),
        f"21:30 cart_item_added c1 p1; 23:00 {YES}; 1d+12:00 end",
        "22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=23:00 reason=consent",
    )


def test_27_a_yes_ends_at_an_instant() -> None:
    assert allowed(f"00:00 {YES}; 730d+00:00 searched c1 x") == ["consent"]
    assert allowed(f"00:00 {YES}; 729d+23:59:59.999 searched c1 x") == ["email"]


def test_none_needs_no_consent() -> None:
    played = play(rules(CONSENT, SEARCH % ", policy: {consent: none}"), "10:00 searched c1 x")
    assert "allowed" not in played.triggers[0]


SPLIT = "split: {of: {a: 45, b: 45, control: 10}, seed: cart-1}"


def in_arm(arm: str) -> str:
    """A contact of an arm."""
    edges = {"a": (0, 4500), "b": (4500, 9000), "control": (9000, 10_000)}
    low, high = edges[arm]
    return next(f"c{n}" for n in range(999) if low <= bucket("split", "cart-1", f"c{n}") < high)


def cart_of(contact: str, timeline: str, policies: str = QUIET, more: str = "") -> Played:
    cart = CART % ("1h", f", policy: {{{SPLIT}}}{more}")
    return play(rules(policies, cart), timeline.replace("c1", contact))


def test_arms_are_told_and_control_is_held_back() -> None:
    timeline = "10:00 cart_item_added c1 p1; 12:00 end"
    told = {arm: cart_of(in_arm(arm), timeline) for arm in ("a", "b", "control")}
    assert [told[arm].triggers[0]["variant"] for arm in ("a", "b")] == ["a", "b"]
    (held,) = told["control"].decisions
    assert (held["reason"], held["variant"], held["released_at"]) == (
        "control",
        "control",
        "2026-11-21T11:00:00.000Z",
    )
    assert held["context"]["cart"]["items"]
    assert told["control"].triggers == []


def test_28_who_would_not_have_got_it_is_no_control() -> None:
    played = cart_of(in_arm("control"), ENTERS + "1d+06:00 order_placed c1 o1; 1d+12:00 end")
    assert [one.get("reason") for one in played.decisions] == ["quiet_hours", "left"]


def test_29_a_control_counts_for_its_own_cooldown_and_in_no_cap() -> None:
    contact = in_arm("control")
    cart = CART % ("1h", f", trigger: {{cooldown: 7d}}, policy: {{{SPLIT}}}")
    played = play(
        rules(f"{QUIET}, caps: {{weekly: {{max: 1, within: 7d}}}}", cart, SEARCH % ""),
        (
            ENTERS + "1d+09:00 searched c1 x; 1d+10:00 order_placed c1 o1; "
            "4d+08:00 cart_item_added c1 p1; 5d+00:00 end"
        ).replace("c1", contact),
    )
    own = [one["segment"] for one in played.triggers if one["contact"] == contact]
    assert own == ["s"]
    held = [one["reason"] for one in played.decisions if one["type"] == "trigger.suppressed"]
    assert held == ["control", "cooldown"]


def held_out(percent: str) -> set[str]:
    timeline = "; ".join(f"10:00 searched c{n} x" for n in range(300))
    file = rules(f"holdout: {{percent: {percent}, seed: 2026-q4}}", SEARCH % "")
    played = play(file, timeline)
    assert {one["variant"] for one in played.decisions} <= {"holdout"}
    assert len(played.decisions) + len(played.triggers) == 300
    return {one["contact"] for one in played.decisions}


def test_30_a_larger_holdout_frees_nobody() -> None:
    assert held_out("5") < held_out("10.5") < held_out("100")
    assert held_out("0") == set()


def test_31_without_a_holdout_all_are_told() -> None:
    file = rules("holdout: {percent: 100}", SEARCH % ", policy: {holdout: none}")
    assert len(play(file, "10:00 searched c1 x").triggers) == 1


CLICKS = "; ".join(
    f"{-4 - 7 * week}d+19:{minute} message_clicked c1 email"
    for week in (3, 2, 1, 0)
    for minute in ("00", "15", "30")
)
BEST = SEARCH % ", policy: {send_at: {best: {%s}}, expires: 7d}"


def test_32_the_best_hour_of_the_week() -> None:
    clicked = CLICKS + "; 12:00 searched c1 x; 9d+00:00 end"
    assert released(rules("expires: 7d", BEST % "within: 7d"), clicked) == [
        "2026-11-24T19:00:00.000Z"
    ]
    assert released(rules("expires: 7d", BEST % "within: 24h"), clicked) == [
        "2026-11-21T12:00:00.000Z"
    ]


def test_33_with_too_few_events_it_is_what_the_file_says() -> None:
    few = "; ".join(CLICKS.split("; ")[:4]) + "; 12:00 searched c1 x; 9d+00:00 end"
    assert released(rules("expires: 7d", BEST % '"else": 10:00'), few) == [
        "2026-11-22T10:00:00.000Z"
    ]
    assert released(rules("expires: 7d", BEST % '"else": now'), few) == ["2026-11-21T12:00:00.000Z"]


def test_clicks_of_machines_do_not_count() -> None:
    clicks = CLICKS.replace("email", "email machine=true") + "; 12:00 searched c1 x; 9d+00:00 end"
    assert released(rules("expires: 7d", BEST % "within: 7d"), clicks) == [
        "2026-11-21T12:00:00.000Z"
    ]


def test_34_of_two_that_wait_the_second_meets_the_cooldown() -> None:
    expect(
        rules(QUIET, SEARCH % ", trigger: {cooldown: 1d}"),
        "22:10 searched c1 x #e1; 22:20 searched c1 y #e2; 1d+12:00 end",
        """
        22:10 deferred s c1 anchor=22:10#e1 reason=quiet_hours until=1d+08:00
        22:20 deferred s c1 anchor=22:20#e2 reason=quiet_hours until=1d+08:00
        22:10 fired s c1 anchor=22:10#e1 emitted=1d+12:00 released=1d+08:00
        22:20 suppressed s c1 anchor=22:20#e2 emitted=1d+12:00 reason=cooldown
        """,
    )


def test_34_a_waiting_event_is_told_as_it_was() -> None:
    (fired,) = play(rules(QUIET, SEARCH % ""), "22:10 searched c1 bags #e1; 1d+12:00 end").triggers
    assert fired["context"]["event"] == {
        "id": "e1",
        "type": "searched",
        "time": "2026-11-21T22:10:00.000Z",
        "data": {"query": "bags"},
    }
    assert fired["why"] == ["searched at 22:10:00.000"]


def test_the_condition_of_an_instant_rule_must_hold_again() -> None:
    rule = SEARCH % ", when: {not: {did: order_placed}}"
    expect(
        rules(QUIET, rule),
        "22:10 searched c1 x #e1; 23:00 order_placed c1 o1; 1d+12:00 end",
        """
        22:10 deferred s c1 anchor=22:10#e1 reason=quiet_hours until=1d+08:00
        22:10 suppressed s c1 anchor=22:10#e1 emitted=1d+12:00 reason=left
        """,
    )


BACK = "- {name: back, use: back_in_stock%s}"
SOLD = "00:00 stock_changed p1 0; 01:00 product_viewed c1 p1; "


def test_36_who_waits_while_it_is_sold_out_again_has_lost_nothing() -> None:
    night = rules("quiet: {from: 23:00, to: 08:00}", BACK % "")
    expect(
        night,
        SOLD + "02:00 stock_changed p1 5; 06:00 stock_changed p1 0; 12:00 stock_changed p1 5",
        """
        02:00 deferred back c1 key=p1 reason=quiet_hours until=08:00
        02:00 suppressed back c1 key=p1 emitted=06:00 reason=left
        12:00 fired back c1 key=p1
        """,
    )


def test_36_interest_is_used_up_by_a_release_or_another_end() -> None:
    night = "quiet: {from: 23:00, to: 08:00}"
    sold_again = "; 09:00 stock_changed p1 0; 12:00 stock_changed p1 5; 13:00 end"
    timeline = SOLD + "02:00 stock_changed p1 5" + sold_again
    assert len(play(rules(night, BACK % ""), timeline).triggers) == 1
    expired = play(rules(night + ", expires: 1h", BACK % ""), timeline)
    assert expired.triggers == []
    paused = play(rules(night, BACK % ", policy: {paused: true}"), timeline)
    assert paused.triggers == []


@pytest.mark.parametrize("options", ["", ", with: {repeat: each_restock}", ", with: {while: any}"])
def test_36_who_is_told_of_interest_of_an_earlier_episode_stays_in(options: str) -> None:
    """A release uses the interest up for later restocks, and does not end the stay."""
    night = rules("quiet: {from: 23:00, to: 08:00}", BACK % (options + ", membership: true"))
    sold_again = SOLD + "02:00 stock_changed p1 5; 06:00 stock_changed p1 0; "
    again = sold_again + "12:00 stock_changed p1 5; "
    seen = play(night, again + "13:00 product_viewed c1 p1; 14:00 end")
    assert [one["entered_at"][11:16] for one in seen.triggers] == ["12:00"]
    kinds = [one["type"].removeprefix("segment.") for one in seen.membership]
    assert kinds == ["entered", "exited", "entered"]
    sold = play(night, again + "13:00 product_viewed c1 p1; 15:00 stock_changed p1 0; 16:00 end")
    assert [one["exited_at"][11:16] for one in sold.membership if "exited_at" in one] == [
        "06:00",
        "15:00",
    ]


def test_36_interest_of_an_earlier_episode_is_good_for_one_release() -> None:
    night = rules("quiet: {from: 23:00, to: 08:00}", BACK % "")
    told = SOLD + "02:00 stock_changed p1 5; 06:00 stock_changed p1 0; 12:00 stock_changed p1 5; "
    third = (
        "13:00 product_viewed c1 p1; 15:00 stock_changed p1 0; 16:00 stock_changed p1 3; 17:00 end"
    )
    assert [one["entered_at"][11:16] for one in play(night, told + third).triggers] == ["12:00"]


def test_36_interest_lasts_as_long_as_ever_and_until_an_order() -> None:
    night = "quiet: {from: 23:00, to: 08:00}"
    waits = SOLD + "02:00 stock_changed p1 5; 06:00 stock_changed p1 0; "
    again = "12:00 stock_changed p1 5"
    short = BACK % ", with: {within: 10h}"
    assert play(rules(night, short), waits + again).triggers == []
    ordered = "07:00 order_placed c1 o1 items=p1; "
    assert play(rules(night, BACK % ""), waits + ordered + again).triggers == []
    twice = "03:00 stock_changed p1 0; 04:00 stock_changed p1 2; 05:00 stock_changed p1 0; "
    told = play(rules(night, BACK % ""), SOLD + "02:00 stock_changed p1 5; " + twice + again)
    assert [one["entered_at"][11:16] for one in told.triggers] == ["12:00"]


def test_37_a_pause_is_not_made_up_for_and_an_instant_is_waited_for() -> None:
    search = "11:00 searched c1 x #e1; 13:00 end"
    expect(
        rules("expires: 1d", SEARCH % ", policy: {paused: true}"),
        search,
        "11:00 suppressed s c1 anchor=11:00#e1 reason=paused",
    )
    expect(
        rules("expires: 1d", SEARCH % ", policy: {paused: 2026-11-21T12:00:00Z}"),
        search,
        """
        11:00 deferred s c1 anchor=11:00#e1 reason=paused until=12:00
        11:00 fired s c1 anchor=11:00#e1 emitted=13:00 released=12:00
        """,
    )


def test_40_a_late_event_is_released_at_the_latest_decided_instant() -> None:
    timeline = "09:00 page_viewed c1; 07:50 searched c1 x #e1; 10:00 end"
    expect(
        rules(QUIET, SEARCH % ""),
        timeline,
        "07:50 fired s c1 anchor=07:50#e1 emitted=09:00 released=09:00",
    )
    in_order = "07:50 searched c1 x #e1; 09:00 page_viewed c1; 10:00 end"
    late, early = (play(rules(QUIET, SEARCH % ""), one) for one in (timeline, in_order))
    assert early.triggers[0]["released_at"] == "2026-11-21T08:00:00.000Z"
    assert late.triggers[0]["id"] == early.triggers[0]["id"]


def test_what_is_over_when_it_is_first_asked_is_asked_once() -> None:
    file = rules(QUIET + ", expires: 1h", SEARCH % "")
    timeline = "%s page_viewed c1; 07:50 searched c1 x #e1; 1d+12:00 end"
    assert len(play(file, timeline % "09:30").triggers) == 1
    (held,) = play(file, timeline % "23:00").decisions
    assert (held["reason"], held["by"]) == ("expired", "quiet_hours")


def test_a_key_that_is_forgotten_takes_what_waits_along() -> None:
    rule = "- {name: s, when: {did: product_viewed}, per: product, max_keys: 1, trigger: {}}"
    expect(
        rules(QUIET, rule),
        "22:10 product_viewed c1 p1; 22:20 product_viewed c1 p2; 1d+12:00 end",
        """
        22:10 deferred s c1 key=p1 reason=quiet_hours until=1d+08:00
        22:10 suppressed s c1 key=p1 emitted=22:20 reason=forgotten
        22:20 deferred s c1 key=p2 reason=quiet_hours until=1d+08:00
        22:20 fired s c1 key=p2 emitted=1d+12:00 released=1d+08:00
        """,
    )


def test_rungs_of_one_instant_fire_as_ever_and_wait_as_one() -> None:
    tiers = "- {name: tier, use: value_tier, with: {tiers: [10, 20]}}"
    buys = " order_placed c1 o1 total=50; 1d+12:00 end"
    day = play(rules(QUIET, tiers), "12:00" + buys)
    assert [one["rung"] for one in day.triggers] == ["10", "20"]
    night = play(rules(QUIET, tiers), "23:00" + buys)
    assert [one["rung"] for one in night.triggers] == ["20"]
    held = [(one["rung"], one["reason"]) for one in night.decisions]
    assert held == [("10", "superseded"), ("20", "quiet_hours")]
