"""Policies: the right moment, or later."""

import pytest

from .drawing import Played, expect, play

CART = "- {name: cart, use: abandoned_cart, with: {after: %s}%s}"


def rules(policies: str, *segments: str) -> str:
    """A file with policies, and segments that are written as they stand."""
    lines = "\n".join(f"  {one}" for one in segments)
    return f"policies: {{{policies}}}\nsegments:\n{lines}\n"


QUIET = "quiet: {from: 22:00, to: 08:00}"
UNTIL_EIGHT = "reason=quiet_hours until=1d+08:00"
NIGHT = rules(QUIET, CART % ("1h", ""))


def test_1_an_open_gate_changes_nothing() -> None:
    expect(
        NIGHT,
        "20:30 cart_item_added c1 p1; 1d+12:00 end",
        "21:30 fired cart c1 rung=1h anchor=20:30 emitted=1d+12:00",
    )


def test_2_quiet_hours_defer_to_their_end() -> None:
    played = expect(
        NIGHT,
        "21:30 cart_item_added c1 p1; 23:00 searched c2 x; 1d+08:00:04 searched c2 x; "
        "1d+08:00:05 searched c2 x",
        """
        22:30 deferred cart c1 rung=1h anchor=21:30 emitted=23:00 reason=quiet_hours until=1d+08:00
        22:30 fired cart c1 rung=1h anchor=21:30 emitted=1d+08:00:05 released=1d+08:00
        """,
        lateness="5s",
    )
    (fired,) = played.triggers
    assert fired["deferred"] == [{"gate": "quiet_hours", "until": "2026-11-22T08:00:00.000Z"}]
    (plain,) = play(CART % ("1h", ""), "21:30 cart_item_added c1 p1; 1d+12:00 end").triggers
    assert fired["id"] == plain["id"]
    assert fired["context"] == plain["context"]


def test_3_the_first_instant_is_quiet_and_the_last_is_not() -> None:
    expect(
        NIGHT,
        "21:00 cart_item_added c1 p1; 1d+07:00 cart_item_added c2 p1; 1d+12:00 end",
        f"""
        22:00 deferred cart c1 rung=1h anchor=21:00 emitted=1d+07:00 {UNTIL_EIGHT}
        22:00 fired cart c1 rung=1h anchor=21:00 emitted=1d+12:00 released=1d+08:00
        1d+08:00 fired cart c2 rung=1h anchor=1d+07:00 emitted=1d+12:00
        """,
    )


DEFERRED = (
    "22:30 deferred cart c1 rung=1h anchor=21:30 emitted=23:00 reason=quiet_hours until=1d+08:00; "
)
ENTERS = "21:30 cart_item_added c1 p1; 23:00 searched c2 x; "


def test_4_who_leaves_while_it_waits_is_not_told() -> None:
    expect(
        NIGHT,
        ENTERS + "1d+07:59 order_placed c1 o1; 1d+12:00 end",
        DEFERRED + "22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=1d+07:59 reason=left",
    )


def test_5_an_order_that_arrives_before_it_is_told_or_after() -> None:
    expect(
        NIGHT,
        ENTERS + "1d+08:00:03 searched c2 x; 1d+07:59:58 order_placed c1 o1; 1d+12:00 end",
        DEFERRED + "22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=1d+08:00:03 reason=left",
        lateness="5s",
    )
    expect(
        NIGHT,
        ENTERS + "1d+08:00:06 searched c2 x; 1d+07:59:58 order_placed c1 o1; 1d+12:00 end",
        DEFERRED
        + """
        22:30 fired cart c1 rung=1h anchor=21:30 emitted=1d+08:00:06 released=1d+08:00
        22:30 cancelled cart c1 rung=1h anchor=21:30 emitted=1d+08:00:06 released=1d+08:00
        """,
        lateness="5s",
    )


def test_5_an_order_after_the_decision_and_before_it_is_told() -> None:
    expect(
        NIGHT,
        ENTERS + "1d+08:00:03 order_placed c1 o1; 1d+12:00 end",
        DEFERRED + "22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=1d+12:00 reason=left",
        lateness="5s",
    )


def test_6_a_late_order_finds_that_it_was_never_in() -> None:
    expect(
        NIGHT,
        ENTERS + "22:10 order_placed c1 o1; 1d+12:00 end",
        DEFERRED + "22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=23:00 reason=left",
    )


def test_7_another_stay_of_the_episode_is_another_candidate() -> None:
    expect(
        NIGHT,
        ENTERS + "1d+07:00 cart_item_added c1 p2; 1d+08:00:05 searched c2 x",
        DEFERRED
        + """
        22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=1d+07:00 reason=left
        1d+08:00 fired cart c1 rung=1h anchor=21:30 emitted=1d+08:00:05
        """,
        lateness="5s",
    )


def test_8_a_later_rung_supersedes_one_that_waits() -> None:
    expect(
        rules(QUIET, CART % ("[1h, 4h]", "")),
        ENTERS + "1d+12:00 end",
        DEFERRED
        + f"""
        22:30 suppressed cart c1 rung=1h anchor=21:30 emitted=1d+12:00 reason=superseded
        1d+01:30 deferred cart c1 rung=4h anchor=21:30 emitted=1d+12:00 {UNTIL_EIGHT}
        1d+01:30 fired cart c1 rung=4h anchor=21:30 emitted=1d+12:00 released=1d+08:00
        """,
    )


def test_8_what_was_superseded_does_not_come_back_in_its_episode() -> None:
    played = play(
        rules(QUIET, CART % ("[1h, 4h]", "")),
        ENTERS + "1d+10:00 cart_item_added c1 p2; 1d+15:00 end",
    )
    assert [one["rung"] for one in played.triggers] == ["4h"]


def test_9_a_later_rung_after_the_release_is_another_message() -> None:
    played = play(rules(QUIET, CART % ("[1h, 24h]", "")), ENTERS + "2d+12:00 end")
    assert [(one["rung"], one["released_at"][8:16]) for one in played.triggers] == [
        ("1h", "22T08:00"),
        ("24h", "22T21:30"),
    ]


KYIV = "zone: {attribute: timezone, default: Europe/Kyiv}, "
SEARCH = "- {name: s, on: searched%s}"


def released(file: str, timeline: str) -> list[str]:
    """When triggers were released, in UTC."""
    return [one["released_at"] for one in play(file, timeline).triggers]


def test_10_the_clocks_go_back() -> None:
    night = rules(KYIV + QUIET, SEARCH % "")
    assert released(night, "-28d+19:30 searched c1 x; -27d+12:00 end") == [
        "2026-10-25T06:00:00.000Z"
    ]


def test_11_and_12_what_a_clock_skips_or_shows_twice() -> None:
    night = rules(KYIV + "quiet: {from: 22:00, to: 03:30}", SEARCH % "")
    assert released(night, "127d+00:30 searched c1 x; 128d+12:00 end") == [
        "2027-03-28T01:00:00.000Z"
    ]
    assert released(night, "-27d+00:10 searched c1 x; -26d+12:00 end") == [
        "2026-10-25T00:30:00.000Z"
    ]
    assert released(night, "-27d+01:10 searched c1 x; -26d+12:00 end") == [
        "2026-10-25T01:30:00.000Z"
    ]


def test_13_the_zone_is_the_one_known_when_it_is_asked() -> None:
    night = rules(KYIV + QUIET, CART % ("1h", ""))
    waits = "19:30 cart_item_added c1 p1; 1d+05:00 contact_updated c1 timezone=%s; 2d+12:00 end"
    assert released(night, waits % "America/New_York") == ["2026-11-22T13:00:00.000Z"]
    assert released(night, waits % "Mars/X") == ["2026-11-22T06:00:00.000Z"]
    assert released(night, waits % "-05:00") == ["2026-11-22T13:00:00.000Z"]


# The day of the tests is a Saturday, 21 Nov.
WEEKLY = "caps: {weekly: {max: 1, within: 7d}}"
LEFT = CART % ("1h", "")
MONDAY = "-5d+09:00 cart_item_added c1 p1; -5d+11:00 order_placed c1 o1; "


def test_14_a_window_is_open_at_its_left_end() -> None:
    expect(
        rules(WEEKLY, LEFT),
        MONDAY + "1d+11:00 cart_item_added c1 p2; 3d+00:00 end",
        """
        -5d+10:00 fired cart c1 rung=1h anchor=-5d+09:00 emitted=-5d+11:00
        1d+12:00 deferred cart c1 rung=1h anchor=1d+11:00 emitted=3d+00:00 reason=cap until=2d+10:00
        1d+12:00 fired cart c1 rung=1h anchor=1d+11:00 emitted=3d+00:00 released=2d+10:00
        """,
    )


def test_15_what_waits_too_long_expires() -> None:
    expect(
        rules(WEEKLY, LEFT),
        MONDAY + "11:00 cart_item_added c1 p2; 3d+00:00 end",
        """
        -5d+10:00 fired cart c1 rung=1h anchor=-5d+09:00 emitted=-5d+11:00
        12:00 deferred cart c1 rung=1h anchor=11:00 emitted=3d+00:00 reason=cap until=never
        12:00 suppressed cart c1 rung=1h anchor=11:00 emitted=3d+00:00 reason=expired by=cap:weekly
        """,
    )


def test_16_all_gates_must_be_open_at_one_instant() -> None:
    played = play(
        rules(f"caps: {{daily: {{max: 1, within: 1d}}}}, {QUIET}, expires: 2d", SEARCH % ""),
        "03:00 searched c2 x; 09:00 searched c1 x; 21:00 searched c1 x; 2d+12:00 end",
    )
    own = [one for one in played.triggers if one["contact"] == "c1"]
    assert [one["released_at"][8:16] for one in own] == ["21T09:00", "22T09:00"]
    capped = play(
        rules(f"caps: {{daily: {{max: 1, within: 8h}}}}, {QUIET}", SEARCH % ""),
        "19:00 searched c1 x; 21:00 searched c1 x; 2d+12:00 end",
    )
    assert [one["released_at"][8:16] for one in capped.triggers] == ["21T19:00", "22T08:00"]
    assert capped.triggers[1]["deferred"] == [
        {"gate": "cap daily", "until": "2026-11-22T03:00:00.000Z"},
        {"gate": "quiet_hours", "until": "2026-11-22T08:00:00.000Z"},
    ]


SENT = "caps: {two: {max: 2, within: 7d, count: [fired, sent], channel: email}}"


def test_17_the_message_of_a_trigger_that_counts_is_not_another_one() -> None:
    (fired,) = play(rules(SENT, SEARCH % ""), "10:00 searched c1 x #e1").triggers
    own = f"10:02 message_sent c1 email trigger={fired['id']}; "
    other = "10:03 message_sent c1 email; "
    began = "10:00 searched c1 x #e1; "
    assert released(rules(SENT, SEARCH % ""), began + own + "11:00 searched c1 y") == [
        "2026-11-21T10:00:00.000Z",
        "2026-11-21T11:00:00.000Z",
    ]
    both = began + own + other + "11:00 searched c1 y; 12:00 end"
    assert released(rules(SENT, SEARCH % ""), both) == ["2026-11-21T10:00:00.000Z"]


def test_18_a_message_that_is_told_late_undoes_nothing() -> None:
    file = rules(SENT.replace("max: 2", "max: 1"), SEARCH % "")
    timeline = "10:00 searched c1 x; 09:00 message_sent c1 email; 11:00 searched c1 y; 12:00 end"
    assert released(file, timeline) == ["2026-11-21T10:00:00.000Z"]


def test_19_of_several_the_one_with_the_highest_priority_goes() -> None:
    low, high = SEARCH % "", "- {name: high, on: page_viewed, policy: {priority: 80}}"
    expect(
        rules(WEEKLY, low, high),
        """
        -5d+10:00 searched c1 x #e1
        1d+12:00 searched c1 x #e2
        1d+18:00 page_viewed c1 #e3
        3d+00:00 end
        """,
        """
        -5d+10:00 fired s c1 anchor=-5d+10:00#e1
        1d+12:00 deferred s c1 anchor=1d+12:00#e2 reason=cap until=2d+10:00
        1d+18:00 deferred high c1 anchor=1d+18:00#e3 reason=cap until=2d+10:00
        1d+18:00 fired high c1 anchor=1d+18:00#e3 emitted=3d+00:00 released=2d+10:00
        1d+12:00 suppressed s c1 anchor=1d+12:00#e2 emitted=3d+00:00 reason=expired by=cap:weekly
        """,
    )


def test_20_of_one_instant_keys_are_in_their_order() -> None:
    file = rules(
        f"caps: {{daily: {{max: 2, per: day}}}}, {QUIET}, expires: 2d",
        "- {name: s, when: {did: product_viewed}, per: product, trigger: {}}",
    )
    items = 'items=[{"product":"p3"},{"product":"p1"},{"product":"p2"}]'
    file = file.replace("did: product_viewed", "did: order_placed")
    played = play(file, f"10:00 order_placed c1 o1 {items}; 2d+00:00 end")
    assert [(one["key"], one["released_at"][8:16]) for one in played.triggers] == [
        ("p1", "21T10:00"),
        ("p2", "21T10:00"),
        ("p3", "22T08:00"),
    ]


def test_21_who_is_there_first_goes() -> None:
    low = "- {name: low, on: searched}"
    high = "- {name: high, on: page_viewed, policy: {priority: 80}}"
    file = rules("caps: {daily: {max: 1, per: day}}", low, high)
    played = play(file, "10:00 searched c1 x; 10:05 page_viewed c1; 1d+00:00 end")
    assert [(one["segment"], one["released_at"][8:16]) for one in played.triggers] == [
        ("low", "21T10:00"),
        ("high", "22T00:00"),
    ]


def own_limit(max_: str) -> Played:
    file = rules(
        "caps: {daily: {max: {attribute: preferences.per_day, default: 1}, per: day}}", SEARCH % ""
    )
    return play(
        file,
        f'09:00 contact_updated c1 preferences={{"per_day":{max_}}}; 10:00 searched c1 x; '
        "11:00 searched c1 y; 12:00 searched c1 z; 13:00 end",
    )


def test_the_contact_has_a_limit_of_their_own() -> None:
    counts = {one: len(own_limit(one).triggers) for one in ("0", "2", "2.9", '"2"', "-1", "null")}
    assert counts == {"0": 0, "2": 2, "2.9": 2, '"2"': 1, "-1": 1, "null": 1}


def test_a_raised_limit_releases_at_once() -> None:
    file = rules("caps: {daily: {max: {attribute: n, default: 0}, per: day}}", SEARCH % "")
    expect(
        file,
        "10:00 searched c1 x #e1; 11:00 contact_updated c1 n=1; 12:00 end",
        """
        10:00 deferred s c1 anchor=10:00#e1 reason=cap until=never
        10:00 fired s c1 anchor=10:00#e1 emitted=11:00 released=11:00
        """,
    )


def test_a_pause_of_the_contact() -> None:
    file = rules("snooze: pause", SEARCH % "")
    paused = "09:00 contact_updated c1 pause=2026-11-21T12:00:00Z; 10:00 searched c1 x #e1; "
    deferred = "10:00 deferred s c1 anchor=10:00#e1 reason=snooze until=12:00; "
    expect(
        file,
        paused + "13:00 end",
        deferred + "10:00 fired s c1 anchor=10:00#e1 emitted=13:00 released=12:00",
    )
    expect(
        file,
        paused + "11:00 contact_updated c1 pause=null; 13:00 end",
        deferred + "10:00 fired s c1 anchor=10:00#e1 emitted=11:00 released=11:00",
    )


def test_no_more_than_sixteen_wait() -> None:
    searches = "; ".join(f"22:{minute} searched c1 x #e{minute}" for minute in range(10, 28))
    played = play(rules(QUIET, SEARCH % ""), searches + "; 1d+12:00 end")
    assert len(played.triggers) == 16
    crowded = [one for one in played.decisions if one.get("reason") == "crowded"]
    assert [one["entered_at"][11:16] for one in crowded] == ["22:26", "22:27"]


def test_nothing_waits_where_it_expires_at_once() -> None:
    expect(
        rules(QUIET + ", expires: 0s", SEARCH % ""),
        "22:00 searched c1 x #e1; 1d+12:00 end",
        "22:00 suppressed s c1 anchor=22:00#e1 reason=quiet_hours by=quiet_hours",
    )


@pytest.mark.parametrize("between", ["", "22:02 page_viewed c1; ", "22:01:30 page_viewed c1; "])
def test_a_wait_that_time_ends_was_told_to_have_begun_whatever_comes_between(between: str) -> None:
    """Its end is told after that, however soon it comes: 2 m after each of both."""
    segment = (
        "- {name: s, when: {all: [{did: searched, within: 2m}, "
        "{not: {did: searched, within: 1m}}]}, trigger: {}}"
    )
    played = play(rules(QUIET, segment), f"22:00 searched c1 x; {between}23:00 end", lateness="2m")
    assert [(one["type"], one.get("reason")) for one in played.decisions] == [
        ("trigger.deferred", "quiet_hours"),
        ("trigger.suppressed", "left"),
    ]
