"""One person under two ids: K is the keeper, A is merged into it."""

import pytest

from streamseg.rules import parse_rules
from streamseg.rules.explaining import explain, explanation_lines

from .drawing import expect, play, refuse, rules_file

CART = "- {name: cart_left, use: abandoned_cart}"
TOLD = CART[:-1] + ", membership: true}"
LADDER = "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 24h]}, membership: true}"
BAGS = """
- name: bags
  when: {did: product_viewed, where: {category: bags}, at_least: 3}
  trigger: {}
  membership: true
"""
SILENT = "- {name: silent, use: inactivity, with: {after: 30d}, membership: true}"
BACK = "- {name: back, use: back_in_stock, membership: true}"
CITY = "- {name: city, when: {attribute: city, eq: Gdynia}, trigger: {}}"

A_BAG = "10:00 cart_item_added A bag"
MERGE = "contact_merged K A"


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        pytest.param(
            f"{A_BAG}; 10:20 {MERGE}; 10:30 order_placed K o1 items=bag; 12:00 end", "", id="1"
        ),
        pytest.param(
            f"{A_BAG}; 10:20 {MERGE}; 12:00 end",
            "11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00",
            id="2",
        ),
        pytest.param(
            f"10:30 order_placed K o1 items=bag; {A_BAG}; 10:40 {MERGE}; 12:00 end", "", id="5"
        ),
        pytest.param(
            f"""
            09:50 cart_item_added K hat; 10:00 cart_item_added A coat
            10:30 order_placed K o1 items=coat; 10:40 {MERGE}; 10:50 end
            """,
            "10:50 fired cart_left K rung=1h anchor=09:50",
            id="6",
        ),
        pytest.param(
            f"""
            10:00 cart_item_added K hat; 10:10 cart_item_added A hat; 10:10 cart_item_added A bag
            10:15 {MERGE}; 11:10 end
            """,
            "11:10 fired cart_left K rung=1h anchor=10:00",
            id="7",
        ),
        pytest.param(
            f"10:00 {MERGE}; {A_BAG}; 11:00 end",
            "11:00 fired cart_left K rung=1h anchor=10:00",
            id="13",
        ),
        pytest.param(
            f"10:20 {MERGE}; 10:10 cart_item_added A bag; 11:10 end",
            "11:10 fired cart_left K rung=1h anchor=10:10",
            id="14",
        ),
        pytest.param(
            f"10:00 cart_item_added A bag #e1; 10:20 {MERGE}; 10:30 cart_item_added K bag #e1"
            "; 11:00 end",
            "11:00 fired cart_left K rung=1h anchor=10:00",
            id="15",
        ),
    ],
)
def test_one_cart(timeline: str, expected: str) -> None:
    expect(CART, timeline, expected)


def test_a_product_in_both_carts_is_as_it_was_changed_last() -> None:
    drawn = f"""
    10:00 cart_item_added K hat*1; 10:10 cart_item_added A hat*1; 10:10 cart_item_added A bag*1
    10:15 {MERGE}; 11:10 end
    """
    assert play(CART, drawn).carts() == [{"hat": 1, "bag": 1, "total": 0}]


def test_who_was_told_is_not_told_again_and_climbs_on() -> None:  # 3
    drawn = f"{A_BAG}; 11:00 page_viewed X; 11:30 {MERGE}; 1d+10:00 end"
    played = expect(
        LADDER,
        drawn,
        """
        11:00 fired cart_left A rung=1h anchor=10:00
        1d+10:00 fired cart_left K rung=24h anchor=10:00
        """,
    )
    assert played.became() == ["11:30 merged K from=A"]
    assert [stay["rung"] for stay in played.news[0]["stays"]] == ["1h"]
    assert played.changes() == [
        "11:00 entered cart_left A rung=1h cause=time",
        "1d+10:00 entered cart_left K rung=24h cause=time",
    ]


def test_what_waits_to_be_told_is_told_of_the_keeper() -> None:  # 4
    expect(
        CART,
        f"{A_BAG}; 11:00:02 {MERGE}; 11:00:05 end",
        "11:00 fired cart_left K rung=1h anchor=10:00 emitted=11:00:05",
        lateness="5s",
    )


def test_two_told_carts_are_one_stay() -> None:  # 8
    drawn = f"""
    10:00 cart_item_added A bag; 10:00 cart_item_added K hat; 11:00 page_viewed X
    12:00 {MERGE}; 12:30 cart_item_added K hat; 14:00 end
    """
    played = expect(
        TOLD,
        drawn,
        """
        11:00 fired cart_left A rung=1h anchor=10:00
        11:00 fired cart_left K rung=1h anchor=10:00
        """,
    )
    assert [stay["segment"] for stay in played.news[0]["stays"]] == ["cart_left"]
    assert played.changes()[2:] == [
        "12:30 exited cart_left K rung=1h cause=event",
        "13:30 entered cart_left K rung=1h cause=time",
    ]


def test_carts_opened_at_different_times_fire_once_as_one() -> None:
    drawn = f"""
    10:00 cart_item_added K hat; 10:10 cart_item_added A bag; 11:10 page_viewed X
    12:00 {MERGE}; 12:30 cart_item_added K hat; 14:00 end
    """
    expect(
        TOLD,
        drawn,
        """
        11:00 fired cart_left K rung=1h anchor=10:00 emitted=11:10
        11:10 fired cart_left A rung=1h anchor=10:10
        """,
    )


def test_a_rung_that_only_the_keepers_cart_had_fired_fires_no_more_for_the_one_cart() -> None:
    drawn = f"""
    10:00 cart_item_added A bag; 10:03 cart_item_added K hat; 10:50 cart_item_added A coat
    11:10 {MERGE}; 13:00 end
    """
    played = expect(TOLD, drawn, "11:03 fired cart_left K rung=1h anchor=10:03 emitted=11:10")
    assert played.changes()[1:] == [
        "11:10 exited cart_left K rung=1h cause=merged",
        "11:50 entered cart_left K rung=1h cause=time",
    ]


def test_both_wait_and_one_is_told() -> None:
    drawn = f"""
    10:00 cart_item_added A bag; 10:00:01 cart_item_added K hat; 11:00:02 {MERGE}; 11:00:06 end
    """
    expect(
        TOLD,
        drawn,
        """
        11:00 suppressed cart_left K rung=1h anchor=10:00 emitted=11:00:02 reason=merged from=A
        11:00:01 fired cart_left K rung=1h anchor=10:00 emitted=11:00:06
        """,
        lateness="5s",
    )


def test_views_of_both_add_up_and_fire_at_the_merge() -> None:  # 9
    seen = "; ".join(
        f"10:0{minute} product_viewed {who} p{minute} category=bags"
        for minute, who in enumerate("KKAA")
    )
    played = expect(BAGS, f"{seen}; 12:00 {MERGE}; 13:00 end", "12:00 fired bags K")
    assert played.changes() == ["12:00 entered bags K cause=merged"]


def test_a_welcome_that_the_other_id_had_is_not_said_again() -> None:  # 10
    drawn = f"10:00 session_started A; 12:00 {MERGE}; 12:10 session_started K; 13:00 end"
    rule = "- {name: hello, use: welcome}"
    assert play(rule, drawn).told() == ["10:00 fired hello A rung=0s"]


def test_silence_of_the_other_id_ends_and_nothing_is_cancelled() -> None:  # 11
    drawn = f"""
    10:00 session_started A; 29d+10:00 session_started K; 30d+11:00 {MERGE}; 31d+10:00 end
    """
    played = expect(
        SILENT, drawn, "30d+10:00 fired silent A rung=30d anchor=10:00 emitted=30d+11:00"
    )
    assert played.changes()[1:] == ["30d+11:00 exited silent K rung=30d cause=merged from=A"]


def test_who_is_in_stays_in_where_the_other_id_was_out() -> None:
    drawn = f"10:00 contact_updated A city=Gdynia; 11:00 {MERGE}; 12:00 end"
    expect(CITY, drawn, "10:00 fired city A")


def test_of_one_attribute_the_later_word_counts() -> None:
    drawn = f"""
    10:00 contact_updated A city=Gdynia; 10:30 contact_updated K city=Sopot; 11:00 {MERGE}
    11:30 contact_updated K city=Gdynia; 12:00 end
    """
    expect(CITY, drawn, "10:00 fired city A; 11:30 fired city K")


def test_a_restock_that_was_told_is_not_told_again() -> None:  # 12
    drawn = f"""
    09:00 stock_changed bag 0; 10:00 product_viewed A bag; 11:00 product_viewed K bag
    12:00 {MERGE}; 14:00 stock_changed bag 3; 15:00 end
    """
    expect(BACK, drawn, "14:00 fired back K key=bag")
    drawn = f"""
    09:00 stock_changed bag 0; 10:00 product_viewed A bag; 14:00 stock_changed bag 3
    15:00 {MERGE}; 16:00 product_viewed K bag; 17:00 end
    """
    expect(BACK, drawn, "14:00 fired back A key=bag")


@pytest.mark.parametrize("name", ["", " #m1"], ids=["without an id", "with one"])
def test_a_merge_that_is_repeated_changes_nothing(name: str) -> None:  # 16
    merge = MERGE + name
    repeated = f"10:20 {merge}; 10:30 {merge}; 10:15 {merge}"  # of that instant, later, and late
    drawn = f"{A_BAG}; 10:20 {merge}; {repeated}; 10:40 cart_item_added A hat; 11:40 end"
    played = expect(CART, drawn, "11:40 fired cart_left K rung=1h anchor=10:00")
    assert played.became() == ["10:20 merged K from=A"]
    assert set(played.carts()[0]) == {"bag", "hat", "total"}


def test_nobody_is_merged_into_herself() -> None:
    drawn = f"{A_BAG}; 10:20 contact_merged A A; 11:00 end"
    assert expect(CART, drawn, "11:00 fired cart_left A rung=1h anchor=10:00").news == []


def test_a_chain_leads_to_its_end() -> None:  # 17
    drawn = f"""
    10:00 {MERGE}; 10:10 contact_merged L K; 10:20 cart_item_added A bag; 12:00 end
    """
    expect(CART, drawn, "11:20 fired cart_left L rung=1h anchor=10:20 emitted=12:00")


def test_a_merge_into_a_stub_is_one_into_whom_it_leads_to() -> None:
    drawn = f"""
    10:00 {MERGE}; 10:10 cart_item_added B bag; 10:20 contact_merged A B; 12:00 end
    """
    played = expect(CART, drawn, "11:10 fired cart_left K rung=1h anchor=10:10 emitted=12:00")
    assert played.became() == ["10:00 merged K from=A", "10:20 merged K from=B"]


def test_a_circle_has_one_keeper() -> None:  # 18, one after the other
    drawn = f"""
    {A_BAG}; 10:05 cart_item_added K hat; 10:10 {MERGE}; 10:10:01 contact_merged A K
    10:20 cart_item_added A shoe; 12:00 end
    """
    played = play(CART, drawn)
    assert played.told() == ["11:20 fired cart_left K rung=1h anchor=10:00 emitted=12:00"]
    assert set(played.carts()[0]) == {"bag", "hat", "shoe", "total"}


def test_a_second_merge_moves_only_what_is_to_come() -> None:  # 20
    drawn = f"""
    {A_BAG}; 10:10 {MERGE}; 10:20 contact_merged L A; 10:30 cart_item_added A shoe; 12:00 end
    """
    played = expect(
        CART,
        drawn,
        """
        11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00
        11:30 fired cart_left L rung=1h anchor=10:30 emitted=12:00
        """,
    )
    assert played.became() == ["10:10 merged K from=A", "10:20 merged L from=A"]


def test_a_merge_older_than_the_last_one_changes_nothing() -> None:
    drawn = f"""
    10:10 {MERGE}; 10:05 contact_merged L A; 10:30 cart_item_added A shoe; 12:00 end
    """
    expect(CART, drawn, "11:30 fired cart_left K rung=1h anchor=10:30 emitted=12:00")


def test_a_late_event_of_the_other_id_cancels_what_the_keeper_was_told() -> None:
    drawn = f"""
    10:00 cart_item_added K bag; 11:00 page_viewed X; 12:00 {MERGE}
    10:30 order_placed A o1 items=bag; 13:00 end
    """
    expect(
        CART,
        drawn,
        """
        11:00 fired cart_left K rung=1h anchor=10:00
        11:00 cancelled cart_left K rung=1h anchor=10:00 emitted=12:00
        """,
    )


def test_what_the_other_id_was_told_is_not_cancelled_under_another_id() -> None:
    drawn = f"{A_BAG}; 11:00 page_viewed X; 12:00 {MERGE}; 10:30 order_placed A o1 items=bag"
    expect(CART, drawn, "11:00 fired cart_left A rung=1h anchor=10:00")


def test_what_was_told_of_a_cart_that_became_one_with_an_older_is_not_cancelled() -> None:
    drawn = f"""
    {A_BAG}; 10:20 cart_item_added K hat; 11:30 page_viewed X; 12:00 {MERGE}
    11:10 order_placed K o1 items=bag,hat
    """
    expect(
        CART,
        drawn,
        """
        11:00 fired cart_left A rung=1h anchor=10:00 emitted=11:30
        11:20 fired cart_left K rung=1h anchor=10:20 emitted=11:30
        """,
    )


def test_cooldown_and_limit_look_at_both() -> None:
    rule = """
    - name: seen
      when: {did: product_viewed, within: 1h}
      trigger: {cooldown: 1d, limit: 2}
    """
    drawn = f"""
    10:00 product_viewed A p1; 12:00 {MERGE}; 13:00 product_viewed K p1
    2d+10:00 product_viewed K p1; 4d+10:00 product_viewed K p1
    """
    expect(
        rule,
        drawn,
        """
        10:00 fired seen A
        13:00 suppressed seen K reason=cooldown
        2d+10:00 fired seen K
        4d+10:00 suppressed seen K reason=limit
        """,
    )


def test_of_many_keys_of_both_the_last_touched_stay() -> None:
    rule = """
    - name: twice
      per: category
      max_keys: 2
      when: {did: product_viewed, at_least: 2}
      trigger: {}
    """
    drawn = f"""
    10:00 product_viewed A p1 category=a; 10:01 product_viewed K p1 category=b
    10:02 product_viewed A p1 category=c; 11:00 {MERGE}
    11:01 product_viewed K p1 category=c; 11:02 product_viewed K p1 category=b
    11:03 product_viewed K p1 category=a
    """
    expect(rule, drawn, "11:01 fired twice K key=c; 11:02 fired twice K key=b")


def test_a_segment_of_segments_sees_one_contact() -> None:
    rules = """
    - {name: viewer, when: {did: product_viewed, at_least: 2}}
    - {name: buyer, when: {did: order_placed}}
    - name: both
      when: {all: [{in_segment: viewer}, {in_segment: buyer}]}
      trigger: {}
    """
    drawn = f"""
    10:00 product_viewed A p1; 10:01 product_viewed A p1; 10:30 order_placed K o1; 11:00 {MERGE}
    """
    expect(rules, drawn, "11:00 fired both K")


def test_rules_may_ask_for_a_merge() -> None:
    rule = "- {name: joined, on: contact_merged}"
    drawn = f"{A_BAG}; 10:20 {MERGE} #m1; 10:30 {MERGE} #m1"
    assert play(rule, drawn).told() == ["10:20 fired joined K anchor=10:20#m1"]


def with_file(head: str, *segments: str) -> str:
    """A file with something besides segments."""
    return f"{head}\nsegments:\n" + "\n".join(f"  {one}" for one in segments) + "\n"


PROTECTED = with_file("identity: {protect: {attribute: email, exists: true}}", CART)
KNOWN = "09:00 contact_updated A email=a@shop.example"


def test_who_is_known_by_himself_is_not_merged() -> None:  # 21
    drawn = f"{KNOWN}; {A_BAG}; 10:20 {MERGE}; 10:30 cart_item_added A hat; 11:30 end"
    played = expect(PROTECTED, drawn, "11:30 fired cart_left A rung=1h anchor=10:00")
    assert played.became() == ["10:20 merge_refused K from=A"]
    assert set(played.carts()[0]) == {"bag", "hat", "total"}


def test_who_is_protected_may_take_others_over() -> None:
    drawn = f"09:00 contact_updated K email=k@shop.example; {A_BAG}; 10:20 {MERGE}; 12:00 end"
    expect(PROTECTED, drawn, "11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00")


def test_only_who_holds_is_protected() -> None:
    drawn = f"{KNOWN}; 09:30 contact_updated A email=null; {A_BAG}; 10:20 {MERGE}; 12:00 end"
    expect(PROTECTED, drawn, "11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00")


def test_what_protects_is_explained() -> None:
    lines = explanation_lines(explain(parse_rules(rules_file(PROTECTED))))
    place = lines.index("identity: protect")
    assert lines[place + 1].startswith("  - the attribute `email`")


def test_protection_says_what_must_hold() -> None:
    refuse(
        with_file("identity: {protect: §{attribute: email}}", CART), "what the attribute must be"
    )


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
