"""Which rules ask about what was not remembered, when they come."""

from __future__ import annotations

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

SEEN = "{name: seen, when: {did: page_viewed}}"
MODEL = "model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614}"
CHURN = "{name: churn, use: likely_to_churn, with: {within: 90d, risk: 80%}}"
MOVED = "{name: moved, use: lifecycle_moved, with: {to: at_risk}}"
LIKES = "{name: likes, per: category, when: {did: product_viewed, at_least: 2}}"
ASKS = "{name: asks, when: {not: {in_segment: churn}}}"


def rules(value: str, *segments: str) -> str:
    head = f"value: {{{value}}}\n" if value else ""
    return f"version: 1\n{head}segments: [{', '.join(segments)}]"


def known(before: str, contacts: int = 3) -> Log:
    log = Log()
    partition = restored({}, before)
    for number in range(contacts):
        partition.apply(Event("page_viewed", f"c{number}", number, {}, f"e{number}"), None)
    commit(partition, log)
    return log


def test_rules_of_orders_are_unaware_of_who_was_known_before() -> None:
    log = known(rules("", SEEN))
    after = rules(MODEL, SEEN, CHURN, ASKS, MOVED, LIKES)
    partition = restored(log, after, slice_size=2)
    assert partition.unaware == {"churn": 3, "asks": 3, "moved": 3, "likes": 3}


def test_nobody_is_unaware_of_a_new_partition_or_of_what_others_asked_for() -> None:
    both = rules(MODEL, SEEN, CHURN)
    assert restored({}, both, slice_size=2).unaware == {}
    log = known(both)
    assert restored(log, both, slice_size=2).unaware == {}
    again = rules(MODEL, SEEN, CHURN, CHURN.replace("name: churn", "name: other"))
    assert restored(log, again, slice_size=2).unaware == {}


def test_once_all_are_brought_to_the_rules_it_is_told_no_more() -> None:
    log = known(rules("", SEEN))
    both = rules(MODEL, SEEN, CHURN)
    partition = restored(log, both, slice_size=2)
    assert partition.unaware == {"churn": 3}
    while not partition.advance(1_000, None, 2):
        commit(partition, log)
    commit(partition, log)
    assert restored(log, both, slice_size=2).unaware == {}
