"""Merges and erasures: as many partitions as one likes, in whatever order they get to them."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.contacts.contact import Contact
from streamseg.core.events import Event
from streamseg.core.identity.links import decode_links
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import parse_rules

from .driver import rules_yaml
from .installation import Installation, home_of, told_by
from .people import FILES, MINUTE, WHO, Happening, happenings
from .scale import examples

files = st.sampled_from([parse_rules(rules_yaml(one)) for one in FILES])


@pytest.mark.slow
@settings(max_examples=examples(120))
@given(files, happenings(), st.sampled_from([0, 5_000]))
def test_as_many_partitions_as_one_likes_tell_the_same(
    rules: RuleSet, events: list[Happening], lateness: int
) -> None:
    until = events[-1].time + 4 * 60 * MINUTE
    one = told_by(rules, events, 1, until, lateness=lateness)
    for count in (4, 16):
        assert told_by(rules, events, count, until, lateness=lateness) == one


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(files, happenings(), st.sampled_from([0, 0, 6]))
def test_a_restart_after_every_commit_changes_nothing(
    rules: RuleSet, events: list[Happening], behind: int
) -> None:
    """Whether or not a partition is so many events behind the others, where mail waits."""
    told = []
    for restarts in (False, True):
        installation = Installation(rules, 4, restarts=restarts)
        read_behind(installation, events, behind)
        installation.end(events[-1].time + 4 * 60 * MINUTE)
        told.append(installation.told)
    assert told[0] == told[1]


def read_behind(installation: Installation, events: list[Happening], behind: int) -> None:
    """Read events, those of one contact and who is at home where they are so many places later."""
    home = home_of(WHO[0], installation.count)

    def place(at: int) -> int:
        one = events[at]
        is_there = isinstance(one, Event) and home_of(one.contact, installation.count) == home
        return at + behind * is_there

    for at in sorted(range(len(events)), key=place):
        if behind:
            installation.read(events[at])
            installation.deliver_all()
        else:
            installation.feed(events[at])


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(files, happenings())
def test_who_is_erased_is_nowhere_in_the_state(rules: RuleSet, events: list[Happening]) -> None:
    installation = Installation(rules, 4)
    for event in events:
        installation.feed(event)
    last = events[-1].time
    for number, who in enumerate(WHO):
        installation.feed(Event("contact_erased", who, last + 1 + number, {}, f"x{who}", f"x{who}"))
    for log in installation.logs:
        for key, value in log.items():
            assert key[:1] in (b"g", b"n", b"l", b"p"), (key, value)


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
