"""What is decided and not told yet: it has its place in caps, and may still end."""

from .drawing import expect, play
from .test_policy_gates import CART, SEARCH, rules
from .test_policy_stages import SPLIT, in_arm

IDLE = "- {name: k, when: {idle: product_viewed, for: 1m}, per: product, max_keys: 1, trigger: {}}"
ONE = "caps: {one: {max: 1, within: 1d}}"


def test_a_place_is_free_as_the_key_of_its_holder_is_forgotten() -> None:
    """`k` is released for p1 at 10:01, and not told yet as p2 takes the place of p1."""
    expect(
        rules(
            ONE,
            IDLE,
            SEARCH % "",
        ),
        "10:00 product_viewed c1 p1; 10:01:01 searched c1 x #e1; 10:01:02 product_viewed c1 p2; "
        "10:02 end",
        """
        10:01:01 deferred s c1 anchor=10:01:01#e1 reason=cap until=1d+10:01
        10:01 suppressed k c1 key=p1 emitted=10:01:02 reason=forgotten
        10:01:01 fired s c1 anchor=10:01:01#e1 emitted=10:01:02 released=10:01:02
        """,
        lateness="5s",
    )


def test_a_place_is_free_as_its_holder_leaves_before_it_is_told() -> None:
    expect(
        rules(ONE, IDLE, SEARCH % ""),
        "10:00 product_viewed c1 p1; 10:01:01 searched c1 x #e1; 10:01:02 product_viewed c1 p1; "
        "10:01:30 end",
        """
        10:01:01 deferred s c1 anchor=10:01:01#e1 reason=cap until=1d+10:01
        10:01 suppressed k c1 key=p1 emitted=10:01:30 reason=left
        10:01:01 fired s c1 anchor=10:01:01#e1 emitted=10:01:02 released=10:01:02
        """,
        lateness="5s",
    )


def test_who_has_left_before_the_key_is_forgotten_has_left() -> None:
    expect(
        rules("expires: 1d", IDLE),
        "10:00 product_viewed c1 p1; 10:01:01 page_viewed c1; 10:01:02 product_viewed c1 p1; "
        "10:01:03 product_viewed c1 p2; 10:01:30 end",
        "10:01 suppressed k c1 key=p1 emitted=10:01:03 reason=left",
        lateness="5s",
    )


def test_that_it_waits_is_not_told_of_who_leaves_before_that_is_told() -> None:
    """It waits for 2 s, is released at eight, and is left before either is told."""
    waits = "06:59:58 cart_item_added c1 p1; 08:00:01 page_viewed c1; "
    expect(
        rules("quiet: {from: 22:00, to: 08:00}", CART % ("1h", "")),
        waits + "08:00:02 order_placed c1 o1; 09:00 end",
        "07:59:58 suppressed cart c1 rung=1h anchor=06:59:58 emitted=09:00 reason=left",
        lateness="5s",
    )


def test_only_what_counts_in_a_cap_has_a_place_before_it_is_told() -> None:
    """A release by time at 11:00 is told at 11:00:05: of a control, of who minds no cap, and where
    messages count alone.
    """
    held = in_arm("control")
    of_mail = "caps: {one: {max: 1, within: 1d, count: [sent], channel: email}}"
    for contact, policy, caps in (
        (held, SPLIT, ONE),
        ("c1", "caps: none", ONE),
        ("c1", "priority: 50", of_mail),
    ):
        file = rules(caps, CART % ("1h", f", policy: {{{policy}}}"), SEARCH % "")
        timeline = f"10:00 cart_item_added {contact} p1; 11:00:02 searched {contact} x; 12:00 end"
        played = play(file, timeline, lateness="5s")
        told = [one for one in played.triggers if one["segment"] == "s"]
        assert [one["released_at"][11:19] for one in told] == ["11:00:02"]
    waits = "10:00 cart_item_added c1 p1; 11:00:02 searched c1 x; 12:00 end"
    (fired,) = play(rules(ONE, CART % ("1h", ""), SEARCH % ""), waits, lateness="5s").triggers
    assert fired["segment"] == "cart"


def test_an_end_and_a_release_by_time_are_decided_instants_of_the_contact() -> None:
    """A late event finds the contact there, and what it brings is released no earlier."""
    viewed = "- {name: v, on: page_viewed, policy: {caps: none}}"
    none = rules("caps: {none: {max: 0, per: day}}, expires: 1h", SEARCH % "", viewed)
    late = "11:30 page_viewed c2 #e2; 10:30 page_viewed c1 #e3; 12:00 end"
    played = play(none, f"10:00 searched c1 x #e1; {late}")
    assert [(one["reason"], one["emitted_at"][11:16]) for one in played.decisions] == [
        ("cap", "10:00"),
        ("expired", "11:30"),
    ]
    assert [one["released_at"][11:16] for one in played.triggers] == ["11:30", "11:00"]
    night = rules("quiet: {from: 22:00, to: 08:00}", SEARCH % "")
    expect(
        night,
        "07:00 searched c1 x #e1; 09:00 searched c2 x #e2; 07:50 searched c1 x #e3; 10:00 end",
        """
        07:00 deferred s c1 anchor=07:00#e1 reason=quiet_hours until=08:00
        07:00 fired s c1 anchor=07:00#e1 emitted=09:00 released=08:00
        09:00 fired s c2 anchor=09:00#e2
        07:50 fired s c1 anchor=07:50#e3 emitted=09:00 released=08:00
        """,
    )


def test_what_is_foreseen_goes_by_the_latest_of_messages_and_of_what_is_not_told_yet() -> None:
    file = rules(ONE.replace("1d", "1d, count: [fired, sent], channel: email"), CART % ("1h", ""))
    waits = "10:00 cart_item_added c1 p1; 11:00:02 message_sent c1 email; 11:00:03 searched c1 x"
    played = play(f"{file}  {SEARCH % ''}\n", f"{waits}; 12:00 end", lateness="5s")
    (deferred,) = [one for one in played.decisions if one["segment"] == "s"]
    assert deferred["until"] == "2026-11-22T11:00:02.000Z"


def test_nothing_is_released_before_the_contacts_latest_decided_instant() -> None:
    """A late cart ends by time at 10:12, when it was not quiet yet: that is past by then."""
    expect(
        rules(
            "quiet: {from: 10:13, to: 10:22}",
            "- {name: cart, use: abandoned_cart, with: {after: 8m, max_age: 9m}}",
            "- {name: none, when: {not: {in_segment: cart}}, trigger: {}}",
        ),
        "10:15 contact_updated c1 x=1; 10:03 cart_item_added c1 p1; 11:00 end",
        """
        10:15 deferred none c1 reason=quiet_hours until=10:22
        10:15 fired none c1 emitted=11:00 released=10:22
        """,
    )


IN_FOR_A_MINUTE = (
    "- {name: k, when: {all: [{idle: product_viewed, for: 1m}, "
    "{did: product_viewed, within: 2m}]}, trigger: {%s}}"
)
FIRST = "10:00 product_viewed c1 p1; 10:02:30 product_viewed c1 p1; 10:04 page_viewed c1; "


def test_each_episode_is_released_where_another_is_not_told_yet() -> None:
    file = rules("expires: 1d", IN_FOR_A_MINUTE % "")
    expect(
        file,
        FIRST + "11:00 end",
        "10:01 fired k c1 emitted=11:00; 10:03:30 fired k c1 emitted=11:00",
        lateness="5m",
    )


def test_what_has_left_before_it_is_told_counts_for_no_cooldown() -> None:
    file = rules("expires: 1d", IN_FOR_A_MINUTE % "cooldown: 1d")
    expect(
        file,
        "10:00 product_viewed c1 p1; 10:01:10 product_viewed c1 p1; 10:02:20 page_viewed c1; "
        "11:00 end",
        """
        10:01 suppressed k c1 emitted=11:00 reason=left
        10:02:10 fired k c1 emitted=11:00
        """,
        lateness="5m",
    )
    (cooled,) = play(file, FIRST + "11:00 end", lateness="5m").decisions
    assert (cooled["entered_at"][11:19], cooled["reason"]) == ("10:03:30", "cooldown")


def test_an_episode_that_is_released_and_not_told_yet_is_not_released_again() -> None:
    """By time it is in from 11:00 to 11:01, and from 11:02 on."""
    when = "{any: [{did: searched, within: 70m}, {idle: searched, for: 71m}]}"
    cart = f"- {{name: cart, use: abandoned_cart, with: {{after: 1h}}, when: {when}}}"
    expect(
        rules("expires: 1d", cart),
        "09:51 searched c1 x; 10:00 cart_item_added c1 p1; 11:03 page_viewed c1; 12:00 end",
        "11:00 fired cart c1 rung=1h anchor=10:00 emitted=12:00",
        lateness="5m",
    )


def test_what_is_foreseen_minds_whoever_goes_first_though_asked_later() -> None:
    """Of one event the one that waits for the morning is asked first; the other goes at once."""
    played = play(
        rules(
            f"quiet: {{from: 22:00, to: 08:00}}, {ONE}, expires: 2d",
            "- {name: high, on: searched, policy: {priority: 80}}",
            "- {name: low, on: searched, policy: {quiet: none}}",
        ),
        "23:00 searched c1 x; 3d+00:00 end",
    )
    (deferred,) = played.decisions
    assert (deferred["segment"], deferred["reason"]) == ("high", "quiet_hours")
    assert deferred["until"] == "2026-11-23T08:00:00.000Z"  # a day after, and that is at night
    assert [one["segment"] for one in played.triggers] == ["low", "high"]


def test_a_place_is_foreseen_to_the_millisecond_at_which_a_message_falls_out() -> None:
    expect(
        rules(
            "caps: {one: {max: 1, within: 5m, count: [sent], channel: email}}",
            "- {name: quiet, use: inactivity, with: {after: 8m}}",
        ),
        "10:04 product_viewed c1 p1; 10:07:59.940 message_sent c1 email; 10:25 end",
        """
        10:12 deferred quiet c1 rung=8m anchor=10:04 emitted=10:25 reason=cap until=10:12:59.940
        10:12 fired quiet c1 rung=8m anchor=10:04 emitted=10:25 released=10:12:59.940
        """,
    )


def test_of_one_priority_who_waits_for_longer_goes_first_wherever_it_stands_in_the_file() -> None:
    file = rules(
        f"{ONE}, expires: 3d",
        "- {name: first, on: searched}",
        "- {name: second, on: page_viewed}",
    )
    waits = "10:00 searched c1 x; 12:00 page_viewed c1; 12:10 searched c1 y; "
    told = play(file, waits + "3d+00:00 end").triggers
    assert [(one["segment"], one["released_at"][8:16]) for one in told] == [
        ("first", "21T10:00"),
        ("second", "22T10:00"),
        ("first", "23T10:00"),
    ]
    at_once = "10:00 searched c1 x; 12:00 page_viewed c1 ; 12:00 searched c1 y; "
    told = play(file, at_once + "3d+00:00 end").triggers
    assert [one["segment"] for one in told] == ["first", "first", "second"]
