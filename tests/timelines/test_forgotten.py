"""`privacy: {forget_after: …}`: who is not seen for so long is forgotten, as if erased."""

from __future__ import annotations

from .drawing import Played, play, refuse

LONELY = "- {name: silent, use: inactivity, with: {after: 10d}, membership: true}"
HELLO = "- {name: hello, use: welcome}"
TWICE = "- {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}}"


def rules(*segments: str, after: str = "30d") -> str:
    lines = "\n".join(f"  {one}" for one in segments)
    return f"privacy: {{forget_after: {after}}}\nsegments:\n{lines}\n"


def erased(played: Played) -> list[str]:
    return [one for one in played.became() if " erased " in one]


def test_who_is_silent_for_so_long_is_forgotten_and_it_is_told() -> None:
    played = play(rules(LONELY), "10:00 searched K x; 31d+10:00 searched X x; 32d+10:00 end")
    assert erased(played) == ["30d+10:00 erased K"]
    assert played.changes() == [
        "10d+10:00 entered silent K rung=10d cause=time",
        "30d+10:00 exited silent K rung=10d cause=erased",
    ]


def test_an_activity_begins_the_time_anew() -> None:
    drawn = "10:00 searched K x; 29d+10:00 page_viewed K; 58d+10:00 searched X x; 58d+11:00 end"
    assert erased(play(rules(LONELY), drawn)) == []
    assert erased(play(rules(LONELY), drawn.replace("58d", "60d"))) == ["59d+10:00 erased K"]


def test_what_the_shop_does_is_no_activity() -> None:
    drawn = """
    10:00 searched K x; 20d+10:00 contact_updated K city=Gdynia
    25d+10:00 message_sent K email campaign=c; 31d+10:00 end
    """
    assert erased(play(rules(LONELY), drawn)) == ["30d+10:00 erased K"]


def test_of_who_never_did_anything_the_first_event_counts() -> None:
    drawn = """
    10:00 contact_updated K city=Gdynia; 20d+10:00 contact_updated K city=Gdansk; 31d+10:00 end
    """
    assert erased(play(rules(LONELY), drawn)) == ["30d+10:00 erased K"]


def test_who_comes_back_is_new() -> None:
    drawn = """
    10:00 session_started K; 10:00 order_placed K o1; 30d+10:01 session_started K
    30d+10:02 order_placed K o2; 30d+10:03 order_placed K o3; 30d+10:04 end
    """
    played = play(rules(TWICE, HELLO), drawn)
    assert played.told() == [
        "10:00 fired hello K rung=0s",
        "30d+10:01 fired hello K rung=0s",
        "30d+10:03 fired twice K",
    ]
    before = drawn.replace("30d+10:0", "29d+10:0")
    assert play(rules(TWICE, HELLO), before).told() == [
        "10:00 fired hello K rung=0s",
        "29d+10:02 fired twice K",
    ]


def test_the_ids_that_led_there_are_forgotten_with_it() -> None:
    drawn = """
    10:00 searched A x; 11:00 contact_merged K A; 1d+10:00 searched A x; 31d+11:00 searched X x
    31d+12:00 end
    """
    assert sorted(erased(play(rules(LONELY), drawn))) == [
        "31d+10:00 erased A",
        "31d+10:00 erased K",
    ]


def test_who_waits_for_late_events_waits_with_forgetting_too() -> None:
    drawn = """
    10:00 searched K x; 30d+10:00:02 searched X x; 29d+10:00 searched K x; 30d+10:00:10 searched X x
    31d+10:00 end
    """
    assert erased(play(rules(LONELY), drawn, lateness="5s")) == []


def test_it_takes_a_day_at_least() -> None:
    refuse("privacy: {forget_after: §1h}\nsegments:\n  " + LONELY + "\n", "at least 1d")
