"""Merges and erasures: as many partitions as one likes, in whatever order they get to them."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.contact import Contact
from streamseg.core.events import Event
from streamseg.core.links import decode_links
from streamseg.rules import parse_rules

from .installation import Installation, home_of, told_by
from .scale import examples

RULES = parse_rules(
    """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [10m, 30m], max_age: 2h}, membership: true}
  - {name: any_order, use: abandoned_cart, with: {after: 20m, order_closes: any}, membership: true}
  - {name: silent, use: inactivity, with: {after: [15m, 40m]}, membership: true}
  - {name: hello, use: welcome}
  - name: bags
    when: {did: product_viewed, where: {category: bags}, at_least: 3, within: 1h}
    trigger: {cooldown: 20m, limit: 2}
    membership: true
  - {name: rich, when: {aggregate: sum, of: total, over: order_placed, gte: 10}, trigger: {}}
  - {name: pl, when: {attribute: country, eq: PL}, trigger: {}, membership: true}
  - {name: fans, per: category, max_keys: 2, when: {did: product_viewed, at_least: 2}, trigger: {}}
  - {name: searched, on: searched, when: {did: product_viewed}}
  - name: both
    when: {all: [{in_segment: rich}, {not: {in_segment: bags}}]}
    trigger: {}
"""
)
MINUTE = 60_000
WHO = ["a", "b", "c", "d"]
products = st.sampled_from(["p1", "p2", "p3"])
data: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "product_viewed": st.fixed_dictionaries(
        {"product": products, "category": st.sampled_from(["bags", "hats", "toys"])}
    ),
    "cart_item_added": st.fixed_dictionaries({"product": products, "price": st.integers(1, 3)}),
    "cart_item_removed": st.fixed_dictionaries({"product": products}),
    "order_placed": st.builds(
        lambda order, product, total: {
            "order": f"o{order}",
            "items": [{"product": product}],
            "total": total,
        },
        st.integers(0, 99),
        products,
        st.integers(1, 6),
    ),
    "searched": st.just({"query": "x"}),
    "contact_updated": st.fixed_dictionaries({"country": st.sampled_from(["PL", "UA", None])}),
    "contact_merged": st.fixed_dictionaries({"from": st.sampled_from(WHO)}),
    "contact_erased": st.just({}),
}
KINDS = [*data, "contact_merged", "contact_merged", "cart_item_added", "product_viewed"]


def _event(kind: str) -> st.SearchStrategy[tuple[str, str, dict[str, Any]]]:
    return st.tuples(st.just(kind), st.sampled_from(WHO), data[kind])


@st.composite
def histories(draw: st.DrawFn, kinds: Sequence[str] = tuple(KINDS)) -> list[Event]:
    """Events in the order of their times, at most one an instant."""
    told = draw(st.lists(st.sampled_from(kinds).flatmap(_event), min_size=4, max_size=25))
    time, events = 0, []
    for number, (kind, who, fields) in enumerate(told):
        time += draw(st.sampled_from([1, 3 * MINUTE, 7 * MINUTE, 11 * MINUTE, 26 * MINUTE]))
        events.append(Event(kind, who, time, fields, f"e{number}", f"e{number}"))
    return events


@pytest.mark.slow
@settings(max_examples=examples(120))
@given(histories(), st.sampled_from([0, 5_000]))
def test_as_many_partitions_as_one_likes_tell_the_same(events: list[Event], lateness: int) -> None:
    until = events[-1].time + 4 * 60 * MINUTE
    one = told_by(RULES, events, 1, until, lateness=lateness)
    for count in (4, 16):
        assert told_by(RULES, events, count, until, lateness=lateness) == one


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(histories(), st.sampled_from([0, 0, 6]))
def test_a_restart_after_every_commit_changes_nothing(events: list[Event], behind: int) -> None:
    """Whether or not a partition is so many events behind the others, where mail waits."""
    told = []
    for restarts in (False, True):
        installation = Installation(RULES, 4, restarts=restarts)
        read_behind(installation, events, behind)
        installation.end(events[-1].time + 4 * 60 * MINUTE)
        told.append(installation.told)
    assert told[0] == told[1]


def read_behind(installation: Installation, events: list[Event], behind: int) -> None:
    """Read events, those of one contact and who is at home where they are so many places later."""
    home = home_of(WHO[0], installation.count)

    def place(at: int) -> int:
        return at + behind * (home_of(events[at].contact, installation.count) == home)

    for at in sorted(range(len(events)), key=place):
        if behind:
            installation.read(events[at])
            installation.deliver_all()
        else:
            installation.feed(events[at])


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(histories())
def test_who_is_erased_is_nowhere_in_the_state(events: list[Event]) -> None:
    installation = Installation(RULES, 4)
    for event in events:
        installation.feed(event)
    last = events[-1].time
    for number, who in enumerate(WHO):
        installation.feed(Event("contact_erased", who, last + 1 + number, {}, f"x{who}", f"x{who}"))
    for log in installation.logs:
        for key, value in log.items():
            assert key[:1] in (b"g", b"n", b"l"), (key, value)


# -- in whatever order they are read ------------------------------------------------------------

MARKS = parse_rules(
    "version: 1\nsegments: [{name: all, when: {did: mark, at_least: 999}, trigger: {}}]"
)
IDS = [f"id{number}" for number in range(5)]


def pasts(installation: Installation) -> Iterator[tuple[str, list[int]]]:
    """What each contact remembers: the instants of its marks."""
    for log in installation.logs:
        for key, value in log.items():
            if key[:1] == b"c":
                yield key[1:].decode(), Contact.decode(key[1:], value).state(0) or []


def leads(installation: Installation) -> dict[str, str]:
    """Where each stub leads to."""
    found = {}
    for log in installation.logs:
        for key, value in log.items():
            if key[:1] == b"s":
                to = decode_links(key[1:], value).leads_to
                if to is not None:
                    found[key[1:].decode()] = to
    return found


def in_time_order(merges: list[tuple[int, str, str]]) -> dict[str, str]:
    """Who is whose keeper, if merges are decided one after the other in order of their times."""
    to: dict[str, str] = {}

    def root(one: str) -> str:
        while one in to:
            one = to[one]
        return one

    for _, into, source in sorted(merges):
        keeper = root(into)
        if source in to:
            if root(source) != keeper:
                to[source] = keeper
        elif keeper != source:
            to[source] = keeper
    return {one: root(one) for one in IDS}


def run(merges: list[tuple[int, str, str]], rnd: random.Random, *, ordered: bool) -> Installation:
    """Read merges and deliver mail at random; ``ordered``: merges in the order of their times."""
    installation = Installation(MARKS, 16)
    for number, one in enumerate(IDS):
        installation.read(Event("mark", one, number + 1, {}, f"m{number}", f"m{number}"))
    for index, partition in enumerate(installation.partitions):
        partition.advance(1_000, None)  # so that no mail has to wait for time
        installation.commit(index)
    todo = sorted(merges)
    for _ in range(3_000):
        channels = sorted(place for place, mail in installation.channels.items() if mail)
        choices: list[Any] = list(channels)
        choices += [(at,) for at in range(1 if ordered else len(todo)) if at < len(todo)]
        if not choices:
            return installation
        choice = rnd.choice(choices)
        if len(choice) == 2:
            installation.deliver(*choice)
            continue
        at, into, source = todo.pop(choice[0])
        installation.read(Event("contact_merged", into, at, {"from": source}, name=f"{at}"))
    raise AssertionError("it does not end")


merge_lists = st.lists(
    st.permutations(IDS).map(lambda order: (order[0], order[1])), min_size=1, max_size=6
).map(lambda pairs: [(100 + at, into, source) for at, (into, source) in enumerate(pairs)])


@pytest.mark.slow
@settings(max_examples=examples(600))
@given(merge_lists, st.integers(0, 2**32), st.booleans())
def test_no_past_is_lost_or_doubled_and_no_circle_is_left(
    merges: list[tuple[int, str, str]], seed: int, ordered: bool
) -> None:
    installation = run(merges, random.Random(seed), ordered=ordered)
    remembered = sorted(instant for _, past in pasts(installation) for instant in past)
    assert remembered == list(range(1, len(IDS) + 1))
    to = leads(installation)
    for one in IDS:
        seen = [one]
        while seen[-1] in to:
            seen.append(to[seen[-1]])
            assert len(seen) == len(set(seen)), "a circle is left"
    keepers = {who for who, past in pasts(installation) if past}
    assert keepers == set(IDS) - set(to), "a stub remembers, or a keeper does not"


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(merge_lists, st.integers(0, 2**32))
def test_who_belongs_together_does_not_depend_on_the_order(
    merges: list[tuple[int, str, str]], seed: int
) -> None:
    once = {source: (at, into, source) for at, into, source in reversed(merges)}
    merges = sorted(once.values())
    to = leads(run(merges, random.Random(seed), ordered=False))
    wanted = in_time_order(merges)

    def root(one: str) -> str:
        while one in to:
            one = to[one]
        return one

    def groups(keeper_of: dict[str, str]) -> set[frozenset[str]]:
        return {
            frozenset(one for one in IDS if keeper_of[one] == keeper)
            for keeper in keeper_of.values()
        }

    assert groups({one: root(one) for one in IDS}) == groups(wanted)
