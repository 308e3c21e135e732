"""One person under two ids: K is the keeper, A is merged into it."""

from .drawing import expect, play
from .merged import A_BAG, BACK, BAGS, CITY, MERGE, SILENT


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
