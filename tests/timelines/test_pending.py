"""What time has decided, from its instant until it is told."""

from .drawing import expect, play
from .merged import MERGE

# In an hour after the last view, out between 62 and 64 minutes after it: two stays of one episode.
TWICE = """
- name: s
  use: inactivity
  with: {after: 1h}
  when: {any: [{did: page_viewed, within: 62m}, {idle: page_viewed, for: 64m}]}
"""
DECIDED = "10:00 page_viewed c1; 11:06 message_sent c1 email; "


def test_of_two_stays_of_an_episode_that_are_not_told_one_fires() -> None:
    for told_in_one, emitted in (("", "12:00"), ("11:10 page_viewed c2; ", "11:10")):
        expect(
            TWICE,
            DECIDED + told_in_one + "12:00 end",
            f"11:00 fired s c1 rung=1h anchor=10:00 emitted={emitted}",
            lateness="10m",
        )


def test_what_is_told_as_left_does_not_take_the_place_of_what_follows_in_the_episode() -> None:
    expect(
        "- {name: cart_left, use: abandoned_cart}",
        """
        10:00 cart_item_added c1 p1
        11:01 page_viewed c1
        11:05 cart_item_added c1 p2
        12:10 page_viewed c1
        14:10 end
        """,
        """
        12:05 fired cart_left c1 rung=1h anchor=10:00 emitted=14:10
        11:00 suppressed cart_left c1 rung=1h anchor=10:00 emitted=14:10 reason=left
        """,
        lateness="2h",
    )


def test_an_entry_by_time_that_an_event_brings_to_light_is_not_by_that_event() -> None:
    # The view makes p1 a key. Its restock of 12:00 comes to the contact right after the view, and
    # so does what time alone changes until then.
    idle = "- {name: idle, when: {idle: product_viewed, for: 1h}, trigger: {context: [event]}%s}"
    back = "- {name: back, use: back_in_stock, trigger: {context: [event]}}"
    late = "09:00 stock_changed p1 0; 12:00 stock_changed p1 5; 10:00 product_viewed c1 p1 #v"
    for policy in ("", ", policy: {consent: none}", ", policy: {paused: true}"):
        played = play(f"{idle % policy}\n{back}", late)
        context = {one["segment"]: one["context"] for one in played.triggers + played.decisions}
        assert "event" not in context["idle"]
        assert context["back"]["event"]["id"] == "v"


ONE_SEARCH = """
- name: one
  membership: true
  when: {all: [{did: searched, at_least: 1, at_most: 1}, {idle: searched, for: 1h}]}
"""
BOTH_SEARCHED = "10:00 searched K x; 10:30 searched A x; "


def test_a_merge_ends_the_stays_of_both() -> None:
    assert play(ONE_SEARCH, BOTH_SEARCHED + f"12:00 {MERGE}; 12:30 end").changes() == [
        "11:00 entered one K cause=time",
        "11:30 entered one A cause=time",
        "12:00 exited one K cause=merged",
        "12:00 exited one K cause=merged from=A",
    ]


def test_of_a_stay_that_a_merge_ends_before_its_entry_is_told_no_exit_is_told() -> None:
    merged = BOTH_SEARCHED + f"12:00 {MERGE}; 20:00 end"
    assert play(ONE_SEARCH, merged, lateness="2h").changes() == []
    assert play(ONE_SEARCH, merged, lateness="45m").changes() == [
        "11:00 entered one K cause=time",
        "12:00 exited one K cause=merged",
    ]
    others = merged.replace("10:00 searched K", "10:00 searched A").replace(
        "10:30 searched A", "10:30 searched K"
    )
    assert play(ONE_SEARCH, others, lateness="45m").changes() == [
        "11:00 entered one A cause=time",
        "12:00 exited one K cause=merged from=A",
    ]


def test_of_a_stay_that_was_over_before_a_merge_nothing_is_told_of_a_keeper_who_is_in() -> None:
    rule = "- {name: s, membership: true, when: {all: [{idle: searched, for: 1h}, %s]}}"
    for_ten_minutes = rule % "{any: [{did: searched, within: 70m}, {attribute: vip, eq: true}]}"
    told = ["11:00 entered s K cause=time"]
    drawn = (
        f"09:00 contact_updated K vip=true; 10:00 searched K x; 10:10 searched A x; 12:00 {MERGE}"
    )
    for end in ("12:05 end", "20:00 end"):
        assert play(for_ten_minutes, f"{drawn}; {end}", lateness="55m").changes() == told


def test_a_merge_gives_its_anchor_to_what_is_released_of_the_present_stay_alone() -> None:
    rule = """
    policies: {expires: 1h}
    segments:
      - name: s
        use: inactivity
        with: {after: 1h}
        when: {did: page_viewed, within: 90m}
    """
    expect(
        rule,
        f"""
        08:00 page_viewed K
        10:00 page_viewed K
        10:10 page_viewed A
        11:20 {MERGE}
        20:00 end
        """,
        """
        09:00 fired s K rung=1h anchor=08:00 emitted=20:00
        11:00 fired s K rung=1h anchor=10:10 emitted=20:00
        11:10 suppressed s K rung=1h anchor=10:10 emitted=11:20 reason=merged from=A
        """,
        lateness="4h",
    )


def test_a_stay_that_goes_on_under_another_anchor_has_fired_under_that_too() -> None:
    # K is told of their silence since 10:00; since the merge it lasts since 10:03.
    rule = """
    - name: s
      use: inactivity
      with: {after: 1h}
      when: {any: [{did: page_viewed, within: 70m}, {idle: page_viewed, for: 80m}]}
    """
    expect(
        rule,
        f"10:00 page_viewed K; 10:03 page_viewed A; 11:06 {MERGE}; 20:00 end",
        """
        11:00 fired s K rung=1h anchor=10:00 emitted=11:06
        11:03 suppressed s K rung=1h anchor=10:03 emitted=11:06 reason=merged from=A
        """,
        lateness="5m",
    )
