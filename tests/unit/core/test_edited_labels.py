"""Rules on labels that are new: what contacts are is noted in silence, and ignorance is no move."""

from __future__ import annotations

import json

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

DAY = 86_400_000
OTHER = "{name: other, when: {did: page_viewed}, trigger: {}}"
MOVED = "{name: moved, use: lifecycle_moved, membership: true}"
LOST = "{name: lost, when: {lifecycle: lost}, trigger: {}, membership: true}"
NOT_LOST = "{name: not_lost, when: {not: {lifecycle: lost}}, trigger: {}, membership: true}"


def rules(*segments: str, value: str = "{lifecycle: {lost: 300d}}") -> str:
    return f"version: 1\nvalue: {value}\nsegments: [{', '.join(segments)}]"


def order(day: int) -> Event:
    return Event("order_placed", "c", day * DAY, {"order": f"o-{day}"}, f"e-{day}")


def told(messages: list[bytes]) -> list[str]:
    found = []
    for one in map(json.loads, messages):
        context = one.get("context", {})
        words = [one["type"].partition(".")[2], one["segment"]]
        words += [context[name] for name in ("from", "to") if name in context]
        if one["segment"] != "other":
            found.append(" ".join(words))
    return found


def known_to_others() -> Log:
    """A contact whose first order came before any rule asked for orders."""
    log = Log()
    partition = restored({}, rules(OTHER))
    partition.apply(order(0), None)
    commit(partition, log)
    return log


def test_of_orders_that_are_not_known_no_stage_is() -> None:
    log = known_to_others()
    partition = restored(log, rules(OTHER, MOVED, LOST, NOT_LOST))
    partition.advance(400 * DAY, None)
    assert told(commit(partition, log)) == []


def test_who_is_surely_lost_is_so_without_a_move_and_moves_from_there() -> None:
    log = known_to_others()
    partition = restored(log, rules(OTHER, MOVED, LOST))
    partition.apply(order(10), None)
    assert told(commit(partition, log)) == []
    partition.advance(311 * DAY, None)
    found = told(commit(partition, log))
    # At risk is the first stage that is known; lost is a move from it.
    assert found == ["entered moved", "fired moved at_risk lost", "entered lost", "fired lost"]


def test_moves_asked_of_a_label_that_is_known_begin_in_silence() -> None:
    log = Log()
    partition = restored({}, rules(LOST))
    partition.apply(order(0), None)
    commit(partition, log)
    partition = restored(log, rules(LOST, MOVED))
    partition.advance(31 * DAY, None)
    found = told(commit(partition, log))
    assert found == ["entered moved", "fired moved new active"]


def test_another_definition_moves_in_silence() -> None:
    log = Log()
    partition = restored({}, rules(MOVED))
    partition.apply(order(0), None)
    partition.advance(1 * DAY, None)
    commit(partition, log)
    partition = restored(log, rules(MOVED, value="{lifecycle: {new_for: 1d, lost: 300d}}"))
    partition.advance(2 * DAY, None)
    found = told(commit(partition, log))
    assert [one for one in found if one.startswith("fired")] == []
    partition.advance(91 * DAY, None)
    assert "fired moved active at_risk" in told(commit(partition, log))
