"""Merges one after the other: repeated, in chains and in circles."""

import pytest

from .drawing import expect, play
from .merged import A_BAG, CART, MERGE


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
