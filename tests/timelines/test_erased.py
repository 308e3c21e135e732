"""Who asks to be forgotten is forgotten, and so is who led to her."""

import pytest

from .drawing import expect, play

CART = "- {name: cart_left, use: abandoned_cart, membership: true}"
HELLO = "- {name: hello, use: welcome}"
BAG = "10:00 cart_item_added K bag"


def test_who_is_erased_is_told_of_once_and_never_again() -> None:
    drawn = f"{BAG}; 11:00 page_viewed X; 12:00 contact_erased K; 13:00 end"
    played = expect(CART, drawn, "11:00 fired cart_left K rung=1h anchor=10:00")
    assert played.changes()[1:] == ["12:00 exited cart_left K rung=1h cause=erased"]
    assert played.became() == ["12:00 erased K"]


def test_an_exit_that_waits_is_the_erasures() -> None:
    rules = "- {name: seen, when: {did: page_viewed, within: 10m}, membership: true}"
    drawn = "10:00 page_viewed K; 10:10:20 session_started K; 10:10:40 contact_erased K; 12:00 end"
    told = ["10:00 entered seen K cause=event", "10:10:40 exited seen K cause=erased"]
    assert play(rules, drawn, lateness="1m").changes() == told
    unseen = drawn.replace("10:10:20 session_started K; ", "")
    assert play(rules, unseen, lateness="1m").changes() == told


def test_what_waits_is_not_told() -> None:  # 29
    drawn = f"{BAG}; 11:00:02 contact_erased K; 12:00 end"
    played = expect(CART, drawn, "", lateness="5s")
    assert played.changes() == []
    assert played.became() == ["11:00:02 erased K"]


def test_what_is_not_younger_than_the_erasure_is_dropped() -> None:  # 28
    drawn = """
    12:00 contact_erased K; 11:59 cart_item_added K bag; 12:00 cart_item_added K hat
    12:01 cart_item_added K shoe; 13:01 end
    """
    played = play(CART, drawn)
    assert played.told() == ["13:01 fired cart_left K rung=1h anchor=12:01"]
    assert played.refused == []
    assert set(played.carts()[0]) == {"shoe", "total"}


def test_who_comes_back_is_new() -> None:
    drawn = "10:00 session_started K; 12:00 contact_erased K; 12:01 session_started K"
    expect(HELLO, drawn, "10:00 fired hello K rung=0s; 12:01 fired hello K rung=0s")


def test_an_unknown_contact_is_erased_too() -> None:  # 34
    played = expect(CART, "12:00 contact_erased K; 13:00 end", "")
    assert played.became() == ["12:00 erased K"]


def test_a_repeated_erasure_says_nothing() -> None:
    played = play(CART, "12:00 contact_erased K; 12:00 contact_erased K; 11:00 contact_erased K")
    assert played.became() == ["12:00 erased K"]


def test_who_led_to_the_erased_is_erased_too() -> None:  # 17
    drawn = """
    10:00 contact_merged K A; 10:10 contact_merged L K; 10:20 cart_item_added A bag
    11:00 contact_erased L; 11:30 cart_item_added A shoe; 12:30 end
    """
    played = expect(CART, drawn, "12:30 fired cart_left A rung=1h anchor=11:30")
    assert sorted(played.became()[2:]) == ["11:00 erased A", "11:00 erased K", "11:00 erased L"]


@pytest.mark.parametrize(
    "merges",
    [
        "10:00 contact_merged A C; 10:10 contact_merged K A; 10:20 contact_merged A C",
        """
        10:00 contact_merged A C; 10:10 contact_merged B C; 10:20 contact_merged K A
        10:30 contact_merged K B
        """,
    ],
)
def test_who_led_there_on_two_ways_leads_nowhere_any_more(merges: str) -> None:
    drawn = f"{merges}; 11:00 contact_erased K; 11:30 cart_item_added C shoe; 12:30 end"
    played = expect(CART, drawn, "12:30 fired cart_left C rung=1h anchor=11:30")
    assert "11:00 erased C" in played.became()


def test_an_erasure_that_comes_when_its_grave_would_be_gone_reaches_who_led_there() -> None:
    drawn = """
    10:00 contact_merged K A; 40d+10:00 page_viewed X; 10:10 contact_erased K
    41d+10:00 cart_item_added A shoe; 41d+11:00 end
    """
    played = play(CART, drawn)
    assert [line.split()[-1] for line in played.became()[1:]] == ["K", "A"]
    assert [line.split()[3] for line in played.told()] == ["A"]


def test_the_erasure_of_a_stub_is_its_keepers() -> None:  # 30
    drawn = f"{BAG}; 10:20 contact_merged K A; 10:30 contact_erased A; 12:00 end"
    played = expect(CART, drawn, "")
    assert sorted(played.became()[1:]) == ["10:30 erased A", "10:30 erased K"]


def test_an_id_that_another_took_over_later_stays_with_that_one() -> None:
    drawn = """
    10:00 contact_merged K A; 10:10 contact_merged L A; 10:20 contact_erased K
    10:30 cart_item_added A bag; 12:00 end
    """
    played = expect(CART, drawn, "11:30 fired cart_left L rung=1h anchor=10:30 emitted=12:00")
    assert played.became()[2:] == ["10:20 erased K"]


def test_an_erased_id_merged_later_is_a_stub_without_a_past() -> None:  # 31
    drawn = f"""
    {BAG}; 10:10 contact_erased K; 10:20 contact_merged N K; 10:15 cart_item_added K hat
    10:30 cart_item_added K shoe; 12:00 end
    """
    played = play(CART, drawn)
    assert played.told() == ["11:30 fired cart_left N rung=1h anchor=10:15 emitted=12:00"]
    assert set(played.carts()[0]) == {"hat", "shoe", "total"}


def test_a_merge_that_is_not_younger_than_the_erasure_is_dropped() -> None:
    drawn = "10:10 contact_erased K; 10:05 contact_merged N K; 10:06 contact_merged K M"
    assert play(CART, drawn).became() == ["10:10 erased K"]


def test_events_read_again_end_the_same() -> None:  # 32
    once = f"{BAG} #e1; 10:10 contact_erased K #e2; 11:30 cart_item_added K hat #e3"
    expected = "12:30 fired cart_left K rung=1h anchor=11:30"
    expect(CART, f"{once}; 12:30 end", expected)
    expect(CART, f"{once}; {once}; 12:30 end", expected)
