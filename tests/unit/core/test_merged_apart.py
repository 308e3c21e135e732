"""Ids that live in partitions which have not come equally far, or have other rules."""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.identity.mail import Mail, State
from streamseg.core.messages.outcomes import FIRED, Outcome, ProductChange
from tests.unit.core.test_identities import Run, mail_in

HOUR = 3_600_000
BACK = "version: 1\nsegments: [{name: back, use: back_in_stock, membership: true}]"


def stock(version: int, time: int, count: int) -> ProductChange:
    return ProductChange("bag", time, version, stock=count, stock_time=time)


def hear(run: Run, change: ProductChange) -> list[object]:
    run.partition.apply(change, None)
    return run.commit()


def deliver(run: Run, mail: Mail, now: int) -> list[object]:
    run.partition.advance(now, None)
    run.partition.apply(mail, None)
    return run.commit()


def fired(outcomes: list[object]) -> list[str]:
    return [one.contact for one in outcomes if isinstance(one, Outcome) and one.type == FIRED]


def test_a_restock_that_the_keepers_partition_hears_of_later_is_not_told_again() -> None:  # 12
    p, q = Run("k", rules=BACK), Run("a", rules=BACK)
    for run in (p, q):
        hear(run, stock(1, 9 * HOUR, 0))
    q.tell("product_viewed", "a", 10 * HOUR, product="bag")
    assert fired(hear(q, stock(2, 14 * HOUR, 3))) == ["a"]
    (take,) = mail_in(p.tell("contact_merged", "k", 15 * HOUR, **{"from": "a"}))
    (state,) = mail_in(deliver(q, take, 15 * HOUR))
    assert fired(deliver(p, state, 15 * HOUR)) == []
    assert fired(hear(p, stock(2, 14 * HOUR, 3))) == []
    p.partition.advance(16 * HOUR, None)
    assert fired(p.commit()) == []
    assert fired(hear(p, stock(3, 17 * HOUR, 0))) == []
    p.tell("product_viewed", "k", 18 * HOUR, product="bag")
    assert fired(hear(p, stock(4, 19 * HOUR, 3))) == ["k"], "the next one is another"


def test_a_products_change_behind_mail_that_waits_is_not_held_up() -> None:  # 26
    p = Run("k", "x", rules=BACK)
    hear(p, stock(1, 8 * HOUR, 0))
    p.tell("product_viewed", "x", 8 * HOUR + 1, product="bag")
    p.tell("page_viewed", "k", 9 * HOUR)
    q = Run("a", rules=BACK)
    q.tell("page_viewed", "a", 12 * HOUR)
    (take,) = mail_in(Run("k").tell("contact_merged", "k", 12 * HOUR, **{"from": "a"}))
    (state,) = mail_in(deliver(q, take, 12 * HOUR))
    p.partition.apply(state, None)
    assert p.commit() == []
    assert b"i0" in p.log
    assert fired(hear(p, stock(2, 9 * HOUR + 1, 3))) == ["x"]
    assert b"i0" in p.log


NIGHT = """
version: 1
policies: {zone: {default: UTC}, quiet: {from: '22:00', to: '08:00'}}
segments: [{name: held, on: searched, trigger: {}}]
"""


def test_a_crash_right_after_an_erasure_tells_nothing_or_the_same_once() -> None:  # 29
    def waiting() -> Run:
        run = Run(rules=NIGHT)
        run.tell("searched", "k", 23 * HOUR)
        return run

    erased = Event("contact_erased", "k", 24 * HOUR, {}, "e", "e")
    lost = waiting()
    lost.partition.apply(erased, None)
    lost.partition.take()  # and the worker is killed before the transaction is committed
    lost.restart()
    told = lost.tell("contact_erased", "k", 24 * HOUR)
    assert [getattr(one, "type", "") for one in told] == ["contact.erased", "contact.erased"]
    kept = waiting()
    kept.partition.apply(erased, None)
    kept.commit()
    for run in (lost, kept):
        run.restart()
        run.partition.advance(33 * HOUR, None)
        assert run.commit() == []
        assert run.kinds() == {b"g", b"n", b"l"}


def test_events_read_again_into_an_empty_state_end_the_same() -> None:  # 32
    rules = "version: 1\nsegments: [{name: two, when: {did: searched, at_least: 2}, trigger: {}}]"

    def read(run: Run) -> list[Any]:
        told = run.tell("searched", "k", HOUR) + run.tell("searched", "k", 2 * HOUR)
        told += run.tell("contact_erased", "k", 3 * HOUR)
        return told + run.tell("searched", "k", 4 * HOUR)

    first, again = Run(rules=rules), Run(rules=rules)
    assert repr(read(first)) == repr(read(again))
    assert first.log == again.log
    assert b"ck" in again.log


SEEN = "- {name: seen, when: {did: product_viewed, at_least: 3}, trigger: {}}"
CITY = "- {name: city, when: {attribute: city, eq: Lviv}, trigger: {}}"


def test_mail_of_other_rules_brings_what_these_know() -> None:
    """q has had other rules for long; of p's it has the views, and of its own the city."""
    head = "version: 1\nsegments:\n  "
    p = Run("k", rules=head + SEEN)
    q = Run("a", rules=f"{head}{CITY}\n  {SEEN}")
    q.tell("contact_updated", "a", 1, city="Lviv")
    for minute in (2, 3):
        q.tell("product_viewed", "a", minute, product="bag")
    (take,) = mail_in(p.tell("contact_merged", "k", 10, **{"from": "a"}))
    (state,) = mail_in(deliver(q, take, 10))
    assert isinstance(state.body, State)
    deliver(p, state, 10)
    assert fired(p.tell("product_viewed", "k", 11, product="bag")) == ["k"]

    p = Run("k", rules=f"{head}{CITY}\n  {SEEN}")  # and the other way round
    q = Run("a", rules=head + SEEN)
    for minute in (2, 3, 4):
        q.tell("product_viewed", "a", minute, product="bag")
    p.tell("contact_updated", "k", 5, city="Kyiv")
    (take,) = mail_in(p.tell("contact_merged", "k", 10, **{"from": "a"}))
    (state,) = mail_in(deliver(q, take, 10))
    assert fired(deliver(p, state, 10)) == [], "it goes on as the stay of a"
    assert fired(p.tell("contact_updated", "k", 12, city="Lviv")) == ["k"]


def test_a_key_of_both_that_fired_for_the_keeper_does_not_fire_again() -> None:
    run = Run(rules=BACK)
    hear(run, stock(1, 9 * HOUR, 0))
    run.tell("product_viewed", "k", 10 * HOUR, product="bag")
    assert fired(hear(run, stock(2, 14 * HOUR, 3))) == ["k"]
    run.tell("product_viewed", "a", 15 * HOUR, product="bag")  # in stock: no interest of then
    assert fired(run.tell("contact_merged", "k", 16 * HOUR, **{"from": "a"})) == []
    late = run.tell("product_viewed", "a", 11 * HOUR, product="bag")  # is k's, of that episode
    assert fired(late) == []
