"""Who has said yes, and until when."""

from itertools import permutations
from typing import Any

from streamseg.core.events import Event
from streamseg.core.features.base import States, UpdateContext
from streamseg.core.policies.answers import Answer, Consent
from streamseg.core.values.predicates import Comparison, Where

DAY_MS = 86_400_000
STOPS = (
    ("message_unsubscribed", None),
    ("message_bounced", Where({"hard": Comparison({"eq": True})})),
)
EMAIL = Answer("consent.email", "email", STOPS)


def updated(time: int, **data: Any) -> Event:
    return Event("contact_updated", "c", time, data)


def stopped(time: int, event_type: str = "message_unsubscribed", **data: Any) -> Event:
    return Event(event_type, "c", time, {"channel": "email"} | data)


def answer(*events: Event) -> list[Any] | None:
    states: States = {}
    for event in events:
        EMAIL.update(states, 0, event, UpdateContext())
    return states.get(0)


def is_yes(*events: Event, at: int = 100, expires: int = 1 << 60) -> bool:
    return Consent("email", EMAIL, expires).holds(answer(*events), at)


YES = {"email": True}


def test_only_true_is_a_yes() -> None:
    assert is_yes(updated(1, consent=YES))
    for said in ({"email": None}, {"email": "true"}, {"email": 1}, {"push": True}, None, True):
        assert not is_yes(updated(1, consent=YES), updated(2, consent=said))
    assert not is_yes()
    assert answer(updated(1, **{"consent.email": True}), updated(2, country="PL")) is None


def test_a_stop_of_the_channel_is_a_no_until_the_next_yes() -> None:
    assert not is_yes(updated(1, consent=YES), stopped(2))
    assert is_yes(updated(1, consent=YES), stopped(2), updated(3, consent=YES))
    assert is_yes(updated(1, consent=YES), stopped(2, channel="push"))
    assert is_yes(updated(1, consent=YES), stopped(2, "message_bounced", hard=False))
    assert not is_yes(updated(1, consent=YES), stopped(2, "message_bounced", hard=True))


def test_of_one_instant_the_no_holds_and_else_the_latest_in_any_order() -> None:
    assert not is_yes(updated(2, consent=YES), stopped(2))
    assert not is_yes(stopped(2), updated(2, consent=YES))
    events = [updated(1, consent=YES), stopped(2), updated(2, consent=YES), updated(3, consent=YES)]
    assert {repr(answer(*some)) for some in permutations(events)} == {"[True, 3]"}


def test_a_yes_ends_at_the_instant_at_which_it_expires() -> None:
    said = updated(0, consent=YES)
    assert is_yes(said, at=DAY_MS - 1, expires=DAY_MS)
    assert not is_yes(said, at=DAY_MS, expires=DAY_MS)


def test_of_two_who_are_one_a_no_that_is_not_older_holds() -> None:
    def joined(other: list[Any], keeper: list[Any]) -> list[Any]:
        return EMAIL.join(other, keeper, UpdateContext())

    assert joined([False, 5], [True, 4]) == [False, 5]
    assert joined([False, 5], [True, 5]) == [False, 5]
    assert joined([False, 5], [True, 6]) == [True, 6]
    assert joined([True, 9], [False, 5]) == [False, 5]
