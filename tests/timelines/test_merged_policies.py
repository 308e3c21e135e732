"""One person under two ids, and what a policy has wait of both: it is told once."""

import pytest

from .drawing import Played, expect, play, rules_file
from .merged import BAGS, MERGE, with_file

ZONES = "zone: {attribute: zone, default: UTC}, quiet: {from: 22:00, to: 08:00}"
NIGHT = with_file(
    f"policies: {{{ZONES}}}",
    "- {name: cart_left, use: abandoned_cart, membership: true}",
    "- {name: seek, on: searched}",
)
TOKYO = "zone=Asia/Tokyo"  # where it is day then
CARTS = "23:00 cart_item_added A bag; 23:10 cart_item_added K hat"
WAITS = "deferred cart_left {} rung=1h anchor={} emitted=1d+00:10 reason=quiet_hours until=1d+08:00"
BOTH_WAIT = "1d+00:00 " + WAITS.format("A", "23:00") + "\n1d+00:10 " + WAITS.format("K", "23:10")
UNTIL = "1d+08:00:06 page_viewed X; 1d+09:00 end"
TOLD = "fired cart_left K rung=1h anchor=23:00 emitted=1d+08:00:06 released=1d+08:00"
SUPPRESSED = "suppressed cart_left K rung=1h"


def merged(played: Played) -> list[str]:
    return [one for one in played.held_back() if "merged" in one]


def test_of_two_that_wait_the_keepers_is_told() -> None:
    expect(
        NIGHT,
        f"{CARTS}; 1d+00:10:05 page_viewed X; 1d+07:00 {MERGE}; {UNTIL}",
        f"""
        {BOTH_WAIT.replace("emitted=1d+00:10", "emitted=1d+00:10:05")}
        1d+00:00 suppressed cart_left K rung=1h anchor=23:00 emitted=1d+07:00 reason=merged from=A
        1d+00:10 {TOLD}
        """,
        lateness="5s",
    )


def test_of_two_that_are_released_and_not_told_the_keepers_is_told() -> None:
    played = play(NIGHT, f"{CARTS}; 1d+08:00:02 {MERGE}; {UNTIL}", lateness="5s")
    assert played.told() == [f"1d+00:10 {TOLD}"]
    assert merged(played) == [
        f"1d+00:00 {SUPPRESSED} anchor=23:00 emitted=1d+08:00:02 reason=merged from=A"
    ]


def test_what_waits_of_the_keeper_is_not_told_where_the_other_was() -> None:
    for clock in ("1d+07:00", "1d+08:00:02"):  # it waits; it is released
        drawn = f"22:00 contact_updated A {TOKYO}; {CARTS}; {clock} {MERGE}; {UNTIL}"
        played = play(NIGHT, drawn, lateness="5s")
        assert played.told() == [f"1d+00:00 fired cart_left A rung=1h anchor=23:00 emitted={clock}"]
        assert merged(played) == [
            f"1d+00:10 {SUPPRESSED} anchor=23:10 emitted={clock} reason=merged"
        ]


def test_what_waits_of_the_other_is_not_told_where_the_keeper_was() -> None:
    for clock in ("1d+07:00", "1d+08:00:02"):
        drawn = f"22:00 contact_updated K {TOKYO}; {CARTS}; {clock} {MERGE}; {UNTIL}"
        played = play(NIGHT, drawn, lateness="5s")
        assert played.told() == [f"1d+00:10 fired cart_left K rung=1h anchor=23:10 emitted={clock}"]
        assert merged(played) == [
            f"1d+00:00 {SUPPRESSED} anchor=23:00 emitted={clock} reason=merged from=A"
        ]


QUIET = with_file(
    "policies: {quiet: {from: 10:30, to: 12:00}}",
    "- {name: silent, use: inactivity, with: {after: 1h}, membership: true}",
)


def test_what_is_released_and_not_told_is_told_under_the_anchor_that_the_merge_gives_the_stay() -> (
    None
):
    """So it is cancelled, too, where a late event undoes the stay."""
    drawn = f"10:00 page_viewed K; 10:20 page_viewed A; 12:00:02 {MERGE}; 12:00:30 page_viewed X"
    fired = "11:00 fired silent K rung=1h anchor=10:20 emitted=12:00:30 released=12:00"
    assert play(QUIET, f"{drawn}; 12:30 end", lateness="5s").told() == [fired]
    late = play(QUIET, f"{drawn}; 11:10 page_viewed K; 12:09 end", lateness="5s")
    assert late.told() == [fired, fired.replace("fired", "cancelled")]


def test_what_ended_and_is_not_told_is_told_under_that_anchor_too() -> None:
    expiring = QUIET.replace("12:00}", "14:00}, expires: 1h")
    drawn = f"10:00 page_viewed K; 10:20 page_viewed A; 11:30 page_viewed X; 12:00:02 {MERGE}"
    played = play(expiring, f"{drawn}; 12:09 end", lateness="5s")
    assert [one for one in played.held_back() if "expired" in one] == [
        "11:00 suppressed silent K rung=1h anchor=10:20 emitted=12:09 reason=expired by=quiet_hours"
    ]


def test_each_firing_of_a_rule_on_events_is_told_but_one_that_both_ids_tell_of() -> None:
    drawn = f"""
    23:00 searched A x #e1; 23:01 searched K y #e2; 23:02 searched A z #e3; 23:02 searched K z #e3
    1d+07:00 {MERGE}; {UNTIL}
    """
    played = play(NIGHT, drawn, lateness="5s")
    assert [one.split()[:5] for one in played.told()] == [
        ["23:00", "fired", "seek", "K", "anchor=23:00#e1"],
        ["23:01", "fired", "seek", "K", "anchor=23:01#e2"],
        ["23:02", "fired", "seek", "K", "anchor=23:02#e3"],
    ]
    assert merged(played) == [
        "23:02 suppressed seek K anchor=23:02#e3 emitted=1d+07:00 reason=merged from=A"
    ]


def test_what_the_other_left_before_it_was_told_is_still_said_to_be_left() -> None:
    drawn = f"{CARTS}; 1d+08:00:01 order_placed A o1 items=bag; 1d+08:00:02 {MERGE}; {UNTIL}"
    played = play(NIGHT, drawn, lateness="5s")
    assert played.told() == [f"1d+00:10 {TOLD.replace('23:00', '23:10')}"]
    assert [one.split("reason=")[1] for one in played.held_back()][2:] == ["left"]


def test_what_waits_of_the_other_goes_by_the_keepers_zone() -> None:  # 23
    expect(
        NIGHT,
        f"""
        22:00 contact_updated K {TOKYO}; 23:00 cart_item_added A bag; 1d+00:30 page_viewed X
        1d+01:00 {MERGE}; 1d+09:00 end
        """,
        """
        1d+00:00 deferred cart_left A rung=1h anchor=23:00 emitted=1d+00:30 reason=quiet_hours \
until=1d+08:00
        1d+00:00 fired cart_left K rung=1h anchor=23:00 emitted=1d+01:00 released=1d+01:00
        """,
    )


def test_what_waits_of_the_other_is_of_the_keepers_arm() -> None:  # 23
    arms = "policy: {split: {of: {a: 50, b: 50}}}"
    for name, of_keeper in (("left0", "a"), ("left4", "b")):  # A is in the other arm of both
        segment = f"- {{name: {name}, use: abandoned_cart, {arms}}}"
        rules = with_file(f"policies: {{{ZONES}}}", segment)
        drawn = (
            f"23:00 cart_item_added A bag; 1d+01:00 {MERGE}; 1d+08:00 page_viewed X; 1d+09:00 end"
        )
        (fired,) = play(rules, drawn).triggers
        assert (fired["contact"], fired["variant"]) == ("K", of_keeper)
        alone = play(rules, drawn.replace(MERGE, "page_viewed X")).triggers
        assert [(one["contact"], one["variant"] != of_keeper) for one in alone] == [("A", True)]


LADDER = with_file(
    "policies: {quiet: {from: 10:30, to: 20:00}}",
    "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 2h]}, membership: true}",
)


def test_a_rung_whose_place_a_later_one_took_does_not_wait_again_for_the_one_cart() -> None:
    """Whosever it was, and whichever of two carts is left."""
    for first, second in ("AK", "KA"):
        drawn = f"""
        10:00 cart_item_added {first} bag; 11:50 cart_item_added {second} hat; 12:10 page_viewed X
        12:20 {MERGE}; 14:00 end
        """
        rungs = [one.split("rung=")[1].split()[0] for one in play(LADDER, drawn).held_back()]
        assert rungs == ["1h", "1h", "2h", "2h", "2h"]
    drawn = f"""
    10:00 cart_item_added K bag; 10:05 cart_item_added A hat; 11:30 cart_item_added K bag
    12:10 page_viewed X; 12:20 {MERGE}; 13:00 end
    """
    held_back = play(LADDER, drawn).held_back()
    assert [one for one in held_back if "12:30 deferred" in one] == []


ASKED = with_file(
    "policies: {consent: {news: {grant: consent.news}}}",
    "- {name: city, when: {attribute: city, eq: Gdynia}, trigger: {}, policy: {consent: [news]}}",
)


@pytest.mark.parametrize(
    ("of_keeper", "of_other", "is_told"),
    [
        ("1d+08:00 contact_updated K consent={no}", "2d+08:00 contact_updated A {yes}", False),
        ("1d+08:00 contact_updated K {yes}", "2d+08:00 contact_updated A {no}", False),
        ("", "2d+08:00 contact_updated A {yes}", True),
        ("2d+08:00 contact_updated K {yes}", "1d+08:00 contact_updated A {no}", True),
    ],
    ids=["no-yes", "yes-no", "none-yes", "later-yes"],
)
def test_no_beats_yes_but_a_later_yes_of_the_keeper(  # 22
    of_keeper: str, of_other: str, is_told: bool
) -> None:
    answers = f"{of_keeper}; {of_other}".replace("consent={no}", "{no}")
    answers = answers.replace("{yes}", 'consent={"news":true}')
    answers = answers.replace("{no}", 'consent={"news":false}')
    drawn = f"{answers}; 3d+10:00 {MERGE}; 3d+11:00 contact_updated K city=Gdynia; 3d+12:00 end"
    played = play(ASKED, drawn)
    told = ["3d+11:00 fired city K allowed=news"] if is_told else []
    assert played.told() == told


FULL = with_file(
    "policies: {quiet: {from: 22:00, to: 08:00}, caps: {daily: {max: 1, within: 24h}}}",
    "- {name: cart_left, use: abandoned_cart}",
    "- {name: city, when: {attribute: city, eq: Gdynia}, trigger: {}}",
)


def test_what_waits_of_the_other_waits_for_the_keepers_gates() -> None:  # 23
    drawn = f"""
    12:00 contact_updated K city=Gdynia; 21:30 cart_item_added A bag; 23:00 {MERGE}
    1d+08:00 searched X x; 1d+12:00 searched X x; 1d+13:00 end
    """
    played = play(FULL, drawn)
    assert played.told() == [
        "12:00 fired city K",
        "22:30 fired cart_left K rung=1h anchor=21:30 emitted=1d+12:00 released=1d+12:00",
    ]


def test_what_a_merge_brings_about_is_told_at_once_under_a_policy_too() -> None:
    night = "policies: {zone: {default: UTC}, quiet: {from: 22:00, to: 08:00}}\nsegments:"
    rules = night + rules_file(BAGS).partition("segments:")[2]
    views = "; ".join(
        f"10:0{n} product_viewed {who} p{n} category=bags" for n, who in enumerate("AAK")
    )
    expect(
        rules,
        f"{views}; 10:10 {MERGE}; 12:00 page_viewed X; 13:00 end",
        "10:10 fired bags K",
        lateness="5s",
    )


def test_a_key_for_which_there_is_no_room_takes_what_waits_along() -> None:
    seen = "{name: s, per: category, max_keys: 1, when: {did: product_viewed}, trigger: {}}"
    expect(
        with_file(f"policies: {{{ZONES}}}", f"- {seen}"),
        "23:00 product_viewed K p1 category=hats; 23:10 product_viewed A p1 category=bags;"
        f" 23:20 {MERGE}; 1d+08:00 end",
        """
        23:00 deferred s K key=hats reason=quiet_hours until=1d+08:00
        23:10 deferred s A key=bags reason=quiet_hours until=1d+08:00
        23:00 suppressed s K key=hats emitted=23:20 reason=forgotten
        23:10 fired s K key=bags emitted=1d+08:00 released=1d+08:00
        """,
    )
