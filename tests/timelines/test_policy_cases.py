"""Cases at the boundaries of policies, as a shop in Kyiv meets them: two hours ahead of UTC in
winter. Times are UTC, as everywhere.
"""

from streamseg.core.policies.arms import bucket

from .drawing import expect, play
from .test_policy_gates import CART, SEARCH, rules
from .test_policy_stages import CLICKS, YES, released

KYIV = "zone: {attribute: timezone, default: Europe/Kyiv}, "
NIGHT = KYIV + "quiet: {from: 22:00, to: 08:00}"
CARTS = rules(NIGHT, CART % ("1h", ""))


def test_1_what_does_not_wait_says_when_it_was_released() -> None:
    (fired,) = play(CARTS, "18:30 cart_item_added c1 p1; 1d+12:00 end").triggers
    assert fired["released_at"] == fired["entered_at"] == "2026-11-21T19:30:00.000Z"
    assert fired["variant"] is None
    assert fired["deferred"] == []


def test_2_it_is_told_at_eight_of_the_contact() -> None:
    expect(
        CARTS,
        "19:30 cart_item_added c1 p1; 21:00 searched c2 x; 1d+06:00:04.999 searched c2 x; "
        "1d+06:00:05 searched c2 x",
        """
        20:30 deferred cart c1 rung=1h anchor=19:30 emitted=21:00 reason=quiet_hours until=1d+06:00
        20:30 fired cart c1 rung=1h anchor=19:30 emitted=1d+06:00:05 released=1d+06:00
        """,
        lateness="5s",
    )


def test_2_who_orders_at_the_very_instant_of_the_release_comes_after_it() -> None:
    waits = "19:30 cart_item_added c1 p1; 1d+06:00 order_placed c1 o1; 1d+12:00 end"
    assert [one["type"] for one in play(CARTS, waits).triggers] == ["trigger.fired"]
    untold = play(CARTS, waits, lateness="1ms")
    assert untold.triggers == []
    assert [one["reason"] for one in untold.decisions] == ["quiet_hours", "left"]


def test_2_a_stay_that_time_ends_at_the_instant_of_the_release_has_ended() -> None:
    stay = "- {name: s, when: {did: searched, within: 10h}, trigger: {}}"
    expect(
        rules(NIGHT, stay),
        "20:00 searched c1 x; 1d+12:00 end",
        """
        20:00 deferred s c1 reason=quiet_hours until=1d+06:00
        20:00 suppressed s c1 emitted=1d+12:00 reason=left
        """,
    )


def test_2_what_expires_at_the_instant_of_its_release_is_released() -> None:
    timeline = "19:30 cart_item_added c1 p1; 1d+12:00 end"
    for expires, told in (("570m", 1), ("34199999ms", 0)):
        file = rules(f"{NIGHT}, expires: {expires}", CART % ("1h", ""))
        played = play(file, timeline)
        assert len(played.triggers) == told
        assert played.decisions[0]["until"] == ("2026-11-22T06:00:00.000Z" if told else None)


def test_14_a_candidate_at_the_instant_at_which_the_cap_opens_does_not_wait() -> None:
    file = rules("caps: {weekly: {max: 1, within: 7d}}", SEARCH % "")
    for clock, waits in (("10:00", 0), ("09:59:59.999", 1)):
        played = play(file, f"-7d+10:00 searched c1 x; {clock} searched c1 y; 12:00 end")
        assert [one["released_at"][8:16] for one in played.triggers] == ["14T10:00", "21T10:00"]
        assert len(played.decisions) == waits


def test_16_the_cap_is_asked_again_when_the_night_is_over() -> None:
    file = rules(
        "quiet: {from: 22:00, to: 08:00}, "
        "caps: {one: {max: 1, within: 8h, count: [fired, sent], channel: email}}",
        SEARCH % "",
    )
    played = play(
        file,
        "19:00 searched c1 x; 21:00 searched c1 y; 1d+07:00 message_sent c1 email; 2d+12:00 end",
    )
    assert [one["released_at"][8:16] for one in played.triggers] == ["21T19:00", "22T15:00"]
    assert played.triggers[1]["deferred"] == [
        {"gate": "cap one", "until": "2026-11-22T15:00:00.000Z"},
        {"gate": "quiet_hours", "until": "2026-11-22T08:00:00.000Z"},
    ]


def test_18_a_message_that_is_told_late_counts_from_then_on() -> None:
    file = rules(
        "caps: {two: {max: 2, within: 7d, count: [fired, sent], channel: email}}", SEARCH % ""
    )
    first, later = "10:00 searched c1 x #e1; ", "11:00 searched c1 y #e2; 7d+12:00 end"
    expect(
        file,
        first + "09:00 message_sent c1 email; " + later,
        """
        10:00 fired s c1 anchor=10:00#e1
        11:00 deferred s c1 anchor=11:00#e2 reason=cap until=never
        11:00 suppressed s c1 anchor=11:00#e2 emitted=7d+12:00 reason=expired by=cap:two
        """,
    )
    assert len(play(file, first + later).triggers) == 2


def test_19_the_higher_priority_goes_and_the_lower_expires() -> None:
    expect(
        rules(
            KYIV + "caps: {weekly: {max: 1, within: 7d}}",
            "- {name: fell, use: price_drop}",
            "- {name: back, use: back_in_stock, policy: {priority: 80}}",
            SEARCH % "",
        ),
        """
        -20d+08:00 price_changed p1 10
        -20d+08:00 stock_changed p2 0
        -19d+08:00 product_viewed c1 p1
        -19d+08:01 product_viewed c1 p2
        -5d+08:00 searched c1 x #e1
        1d+10:00 price_changed p1 5
        1d+16:00 stock_changed p2 3
        3d+00:00 end
        """,
        """
        -5d+08:00 fired s c1 anchor=-5d+08:00#e1
        1d+10:00 deferred fell c1 key=p1 anchor=-19d+08:00 reason=cap until=2d+08:00
        1d+16:00 deferred back c1 key=p2 reason=cap until=2d+08:00
        1d+16:00 fired back c1 key=p2 emitted=3d+00:00 released=2d+08:00
        1d+10:00 suppressed fell c1 key=p1 anchor=-19d+08:00 emitted=3d+00:00 reason=expired by=cap:weekly
        """,  # noqa: E501
    )


def test_20_of_three_products_the_third_waits_for_the_next_day_and_its_morning() -> None:
    before = "; ".join(f"-1d+08:00 price_changed p{n} 10" for n in (1, 2, 3))
    views = "; ".join(f"-1d+09:00 product_viewed c1 p{n}" for n in (3, 1, 2))
    fall = "; ".join(f"12:00 price_changed p{n} 5" for n in (1, 2, 3))
    played = play(
        rules(NIGHT + ", caps: {daily: {max: 2, per: day}}", "- {name: fell, use: price_drop}"),
        "; ".join([before, views, fall, "3d+00:00 end"]),
    )
    assert [(one["key"], one["released_at"][8:16]) for one in played.triggers] == [
        ("p1", "21T12:00"),
        ("p2", "21T12:00"),
        ("p3", "22T06:00"),
    ]
    assert played.triggers[2]["deferred"] == [
        {"gate": "cap daily", "until": "2026-11-21T22:00:00.000Z"},  # midnight
        {"gate": "quiet_hours", "until": "2026-11-22T06:00:00.000Z"},
    ]


def test_26_the_rung_may_fire_in_a_later_stay() -> None:
    consent = "consent: {email: {grant: consent.email, channel: email}}"
    expect(
        rules(f"{NIGHT}, {consent}", CART % ("1h", ", policy: {consent: [email]}")),
        f"19:30 cart_item_added c1 p1; 21:00 {YES}; 1d+10:00 cart_item_added c1 p2; 2d+00:00 end",
        """
        20:30 suppressed cart c1 rung=1h anchor=19:30 emitted=21:00 reason=consent
        1d+11:00 fired cart c1 rung=1h anchor=19:30 emitted=2d+00:00 allowed=email
        """,
    )


BEST = SEARCH % ", policy: {send_at: {best: {within: %s}}, expires: 7d}"


def test_32_the_hours_are_those_of_the_contact_and_of_the_week() -> None:
    """Clicks of Tuesdays at 19:00 UTC are of 21:00 in Kyiv, and of Wednesdays 04:00 in Tokyo."""
    asked = CLICKS + "; 12:00 searched c1 x; 9d+00:00 end"
    file = rules(KYIV + "expires: 7d", BEST % "7d")
    assert released(file, asked) == ["2026-11-24T19:00:00.000Z"]
    tuesday = CLICKS + "; 3d+12:00 searched c1 x; 9d+00:00 end"
    assert released(rules(KYIV + "expires: 7d", BEST % "24h"), tuesday) == [
        "2026-11-24T19:00:00.000Z"
    ]
    night = rules(KYIV + "expires: 7d, quiet: {from: 21:00, to: 08:00}", BEST % "7d")
    assert released(night, asked) == ["2026-11-24T18:00:00.000Z"]  # the one beside it
    moved = "12:00 contact_updated c1 timezone=Asia/Tokyo; "
    assert released(night, CLICKS + "; " + moved + asked[len(CLICKS) + 2 :]) == [
        "2026-11-21T23:00:00.000Z"  # 08:00 there: of the hours that are not quiet all score alike
    ]


def test_each_trigger_is_drawn_by_its_id_where_the_split_is_by_trigger() -> None:
    split = "split: {of: {a: 50, b: 30, control: 20}, by: trigger}"
    file = rules("expires: 1d", SEARCH % f", policy: {{{split}}}")
    played = play(file, "; ".join(f"10:{n} searched c1 x #e{n}" for n in range(10, 50)))
    arms = {"a": (0, 5000), "b": (5000, 8000), "control": (8000, 10_000)}
    told = [*played.triggers, *played.decisions]
    for one in told:
        low, high = arms[one["variant"]]
        assert low <= bucket("split", "s", one["id"]) < high
        assert (one["type"] == "trigger.suppressed") is (one["variant"] == "control")
    assert {one["variant"] for one in told} == set(arms)


def test_of_two_that_hold_it_back_when_it_is_released_the_first_gives_the_reason() -> None:
    """The second is asked at nine: the first has fired at eight, and the consent is gone since."""
    file = rules(
        "quiet: {from: 22:00, to: 08:00}, caps: {one: {max: 1, within: 1h}}, "
        "consent: {email: {grant: consent.email, channel: email}}",
        SEARCH % ", trigger: {cooldown: 1d}, policy: {consent: [email]}",
    )
    played = play(
        file,
        f"21:00 {YES}; 22:10 searched c1 x; 22:20 searched c1 y; "
        "1d+08:30 message_unsubscribed c1 email; 1d+12:00 end",
    )
    assert [one["reason"] for one in played.decisions] == ["quiet_hours", "quiet_hours", "cooldown"]
    assert played.decisions[2]["entered_at"] == "2026-11-21T22:20:00.000Z"


def test_the_event_of_what_waits_is_its_own_whatever_comes_between() -> None:
    (fired,) = play(
        rules("quiet: {from: 22:00, to: 08:00}", SEARCH % ""),
        "22:10 searched c1 bags #e1; 23:00 contact_updated c1 x=1; 1d+12:00 end",
    ).triggers
    assert fired["context"]["event"]["data"] == {"query": "bags"}
