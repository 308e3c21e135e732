"""Membership as it is told outwards, only while there is a consent to that."""

from __future__ import annotations

import pytest

from .drawing import play
from .test_policy_rules import refused, rules

ADS = "consent: {ads: {grant: consent.ads, channel: ads}, ever: {grant: consent.ever, expires: 2h}}"
SEARCHED = "- {name: s, when: {did: searched, within: 6h}, membership: {consent: [%s]}}"
FILE = rules(ADS, SEARCHED % "ads")
YES = 'contact_updated c1 consent={"ads":true}'
NO = 'contact_updated c1 consent={"ads":false}'
EVER = 'contact_updated c1 consent={"ever":true}'


def changes(file: str, timeline: str, lateness: str = "0s") -> list[str]:
    return play(file, timeline, lateness=lateness).changes()


def test_who_never_said_yes_is_not_told_of() -> None:
    assert changes(FILE, f"10:00 searched c1 x; 11:00 {NO}; 20:00 end") == []


def test_who_said_yes_is_told_of_as_ever() -> None:
    assert changes(FILE, f"09:00 {YES}; 10:00 searched c1 x; 20:00 end") == [
        "10:00 entered s c1 cause=event",
        "16:00 exited s c1 cause=time",
    ]


def test_a_no_ends_what_is_told_and_a_yes_begins_it() -> None:
    played = play(
        FILE,
        f"10:00 searched c1 x; 11:00 {YES}; 12:00 {NO}; 13:00 {YES}; "
        "14:00 message_unsubscribed c1 ads; 20:00 end",
    )
    assert played.changes() == [
        "11:00 entered s c1 cause=consent",
        "12:00 exited s c1 cause=consent",
        "13:00 entered s c1 cause=consent",
        "14:00 exited s c1 cause=consent",
    ]
    assert {one["anchor"][11:16] for one in played.membership} == {"10:00"}
    assert [one["entered_at"][11:16] for one in played.membership] == [
        *["11:00"] * 2,
        *["13:00"] * 2,
    ]


def test_a_yes_that_ends_by_time_is_the_cause_also_where_that_waits_to_be_told() -> None:
    file = rules(ADS, SEARCHED % "ever")
    timeline = f"09:00 {EVER}; 10:00 searched c1 x; 11:05 page_viewed c1; 12:00 end"
    assert changes(file, timeline, lateness="1h") == [
        "10:00 entered s c1 cause=event",
        "11:00 exited s c1 cause=consent",
    ]


def test_the_segment_itself_knows_nothing_of_it() -> None:
    other = "- {name: o, when: {in_segment: s}, trigger: {}}"
    file = rules(ADS, SEARCHED % "ads", other.replace("{}}", "{}, policy: {consent: none}}"))
    assert [one["segment"] for one in play(file, "10:00 searched c1 x").triggers] == ["o"]


def test_one_of_several_is_enough_and_a_yes_ends_by_time() -> None:
    file = rules(ADS, SEARCHED % "ads, ever")
    both = 'contact_updated c1 consent={"ads":true,"ever":true}'
    assert changes(file, f"10:00 searched c1 x; 11:00 {EVER}; 20:00 end") == [
        "11:00 entered s c1 cause=consent",
        "13:00 exited s c1 cause=consent",
    ]
    drawn = f"10:00 searched c1 x; 11:00 {both}; 12:00 message_unsubscribed c1 ads; 20:00 end"
    assert changes(file, drawn) == [
        "11:00 entered s c1 cause=consent",
        "13:00 exited s c1 cause=consent",
    ]


def test_what_time_ends_waits_for_late_events() -> None:
    """A yes of 12:59 arrives before the end at 13:00 is told: then there was none."""
    ends = f"10:00 searched c1 x; 11:00 {EVER}; 13:00:03 page_viewed c2; "
    assert changes(rules(ADS, SEARCHED % "ever"), ends + "13:00:06 page_viewed c2", "5s") == [
        "11:00 entered s c1 cause=consent",
        "13:00 exited s c1 cause=consent",
    ]
    late = ends + f"12:59 {EVER}; 14:00 page_viewed c2"
    assert changes(rules(ADS, SEARCHED % "ever"), late, "5s") == [
        "11:00 entered s c1 cause=consent"
    ]


def test_a_no_before_the_entry_is_told_leaves_nothing_to_tell() -> None:
    cart = "- {name: s, use: abandoned_cart, membership: {consent: [ads]}, policy: {consent: none}}"
    drawn = f"09:00 {YES}; 10:00 cart_item_added c1 p1; 11:00:03 %s; 11:30 page_viewed c2"
    assert changes(rules(ADS, cart), drawn % NO, "5s") == []
    assert changes(rules(ADS, cart), drawn % "page_viewed c1", "5s") == [
        "11:00 entered s c1 rung=1h cause=time"
    ]


def test_rungs_and_keys_are_told_by_themselves() -> None:
    ladder = "{name: s, use: inactivity, with: {after: [1h, 3h]}, trigger: false, "
    file = rules(ADS, f"- {ladder}membership: {{consent: [ads]}}}}")
    drawn = f"10:00 page_viewed c1; 12:00 {YES}; 14:00 {NO}; 20:00 end"
    assert changes(file, drawn) == [
        "12:00 entered s c1 rung=1h cause=consent",
        "13:00 entered s c1 rung=3h cause=time",
        "14:00 exited s c1 rung=1h cause=consent",
        "14:00 exited s c1 rung=3h cause=consent",
    ]
    keyed = "{name: s, when: {did: product_viewed, within: 6h}, per: product, max_keys: 2, "
    file = rules(ADS, f"- {keyed}membership: {{consent: [ads]}}}}")
    drawn = (
        f"10:00 product_viewed c1 p1; 10:30 product_viewed c1 p2; 11:00 {YES}; "
        f"11:30 product_viewed c1 p3; 12:00 {NO}; 20:00 end"
    )
    assert changes(file, drawn) == [
        "11:00 entered s c1 key=p1 cause=consent",
        "11:00 entered s c1 key=p2 cause=consent",
        "11:30 exited s c1 key=p1 cause=forgotten",
        "11:30 entered s c1 key=p3 cause=event",
        "12:00 exited s c1 key=p2 cause=consent",
        "12:00 exited s c1 key=p3 cause=consent",
    ]


def test_another_episode_is_another_stay() -> None:
    cart = "- {name: s, use: abandoned_cart, membership: {consent: [ads]}, policy: {consent: none}}"
    drawn = (
        f"09:00 {YES}; 10:00 cart_item_added c1 p1; 12:00 order_placed c1 o1; 13:00 %s; 20:00 end"
    )
    assert changes(rules(ADS, cart), drawn % "cart_item_added c1 p2") == [
        "11:00 entered s c1 rung=1h cause=time",
        "12:00 exited s c1 rung=1h cause=event",
        "14:00 entered s c1 rung=1h cause=time",
    ]


def test_erased_and_merged_contacts_are_told_of_as_ever() -> None:
    drawn = f"09:00 {YES}; 10:00 searched c1 x; 11:00 contact_erased c1; 12:00 end"
    assert changes(FILE, drawn) == [
        "10:00 entered s c1 cause=event",
        "11:00 exited s c1 cause=erased",
    ]
    merged = f"09:00 {YES}; 10:00 searched c1 x; 11:00 contact_merged c2 from=c1; 20:00 end"
    played = play(FILE, merged)
    assert played.changes() == [
        "10:00 entered s c1 cause=event",
        "16:00 exited s c2 cause=time",
    ]
    assert [one["stays"] for one in played.news if one["type"] == "contact.merged"] == [
        [{"segment": "s", "key": None, "rung": None, "entered_at": "2026-11-21T10:00:00.000Z"}]
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{consent: [other]}", "no consent 'other'"),
        ("{consent: []}", "a list of names"),
        ("{}", "`consent` is missing"),
        ("maybe", "must be true or false"),
    ],
)
def test_an_error_says_what_is_wrong(given: str, words: str) -> None:
    segment = "- {name: s, when: {did: searched}, membership: %s}"
    (message,) = refused(rules(ADS, segment % given))
    assert words in message


def test_without_policies_there_is_no_consent_to_ask_for() -> None:
    segment = "segments: [{name: s, when: {did: searched}, membership: {consent: [ads]}}]"
    assert refused(segment) == ["no consent 'ads'; `policies` names no consent"]


def test_nobody_stays_in_an_instant_rule() -> None:
    segment = "- {name: s, on: searched, membership: {consent: [ads]}, policy: {consent: none}}"
    (message,) = refused(rules(ADS, segment))
    assert "nobody stays in an instant rule" in message
