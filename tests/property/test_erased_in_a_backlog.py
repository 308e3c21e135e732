"""Erasures while partitions are hours apart: what is left is what one partition leaves, which reads
all in the order of time.

Keepers are erased, as often as one likes. Who led to one is not: the erasure of a stub may come to
its keeper late, and drops what that one remembers by then, whatever its time. Each id is merged
once: which of two keepers leaves one to the other depends on which is asked first.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.identity.graves import Grave

from .installation import Installation, home_of
from .scale import examples
from .test_merges import IDS, MARKS, leads, merge_lists, pasts

deeds = st.lists(st.tuples(st.booleans(), st.sampled_from(IDS)), min_size=1, max_size=14)


def event(number: int, kind: str, contact: str, **data: Any) -> Event:
    return Event(kind, contact, number, data, f"e{number}", f"e{number}")


def begun(merges: list[tuple[int, str, str]], count: int) -> Installation:
    """An installation in which merges were read in the order of time, before all else."""
    installation = Installation(MARKS, count, one_log=True)
    for at, into, source in merges:
        installation.feed(event(at, "contact_merged", into, **{"from": source}))
    return installation


def run_apart(installation: Installation, events: list[Event], rnd: random.Random) -> None:
    """Have partitions read their own events in order, each at a pace of its own; of mail, too. Now
    and then one is restarted.
    """
    queues: dict[int, list[Event]] = {}
    for one in events:
        queues.setdefault(home_of(one.contact, installation.count), []).append(one)
    for _ in range(5_000):
        places: list[tuple[int, ...]] = [
            place for place, mail in installation.channels.items() if mail
        ]
        places += [(index,) for index, queue in queues.items() if queue]
        if not places:
            return
        if rnd.random() < 0.05:
            installation.restart(rnd.randrange(installation.count))
        place = rnd.choice(sorted(places))
        if len(place) == 2:
            installation.deliver(*place)
        else:
            installation.read(queues[place[0]].pop(0))
    raise AssertionError("it does not end")


def left_by(installation: Installation) -> dict[str, Any]:
    """What is remembered of whom, who leads to whom, and who is told to be erased."""
    told = [msgspec.json.decode(one) for one in installation.told["triggers"]]
    return {
        "pasts": {who: past for who, past in pasts(installation) if past},
        "leads": leads(installation),
        "erased": sorted((one["contact"], one["erased_at"]) for one in told),
    }


@settings(max_examples=examples(400))
@given(merge_lists, deeds, st.integers(0, 2**32))
def test_erasures_leave_what_one_partition_leaves(
    merges: list[tuple[int, str, str]], deeds: list[tuple[bool, str]], seed: int
) -> None:
    merges = sorted({source: (at, into, source) for at, into, source in merges}.values())
    one = begun(merges, 1)
    events, keepers = [], set(IDS) - set(leads(one))
    for number, (erases, who) in enumerate(deeds):
        kind = "contact_erased" if erases and who in keepers else "mark"
        events.append(event(1_000 + 10 * number, kind, who))
    for each in events:
        one.feed(each)
    apart = begun(merges, 16)
    run_apart(apart, events, random.Random(seed))
    for installation in (one, apart):
        installation.end(2_000)
    assert left_by(apart) == left_by(one)
    for log in apart.logs:
        for key, value in log.items():
            if key[:1] == b"g":
                grave = msgspec.msgpack.decode(value, type=Grave)
                assert grave.asked == grave.answered


# -- merges, too, while partitions are apart -----------------------------------------------------


class Family:
    """Who led to whom, in the order of times; and ``late``: who was erased as an id that led to
    another, or was merged into such a one later. Its partition may hear of that only after it has
    read what came later: then this is erased, too. ``erased``: when each contact was last erased.
    """

    def __init__(self) -> None:
        self._to: dict[str, str] = {}
        self.late: set[str] = set()
        self.erased: dict[str, int] = {}

    def root(self, one: str) -> str:
        while one in self._to:
            one = self._to[one]
        return one

    def led_to(self, keeper: str) -> set[str]:
        return {one for one in self._to if self.root(one) == keeper}

    def merge(self, into: str, source: str) -> None:
        self._to[source] = into
        if into in self.late:
            self.late |= {one for one in IDS if self.root(one) == into}

    def erase(self, keeper: str, at: int) -> None:
        gone = self.led_to(keeper)
        self.erased |= dict.fromkeys({keeper, *gone}, at)
        self.late |= gone
        self._to = {one: to for one, to in self._to.items() if one not in gone}


def interleaved(
    merges: list[tuple[int, str, str]], deeds: list[tuple[bool, str]], places: list[int]
) -> tuple[list[Event], set[str], set[int]]:
    """Marks, merges into keepers, and erasures of who never leads to another, in the order of their
    times; who may be erased late, and the marks that may go with them.

    No merge is into a stub: one that comes to a contact after its erasure is dropped, whatever its
    time. A mark that is forwarded to a contact after its erasure is dropped, too, if it is not
    later than that, although the merge that it goes by is.
    """
    drawn: list[Any] = [*deeds]
    for (_, into, source), place in zip(merges, places, strict=False):
        drawn.insert(place % (len(drawn) + 1), (into, source))
    stubs = {source for _, _, source in merges}
    family, events, marks = Family(), list[Event](), set[int]()
    made: list[tuple[int, str]] = []
    for number, (what, who) in enumerate(drawn):
        at = 1_000 + 10 * number
        if isinstance(what, str):
            into = family.root(what)
            if into != who:
                events.append(event(at, "contact_merged", into, **{"from": who}))
                forwarded, erased_at = family.led_to(who), family.erased.get(into, 0)
                marks |= {time for time, by in made if by in forwarded and time <= erased_at}
                family.merge(into, who)
        elif what and who not in stubs:
            events.append(event(at, "contact_erased", who))
            family.erase(who, at)
        else:
            events.append(event(at, "mark", who))
            made.append((at, who))
    marks |= {time for time, by in made if by in family.late}
    return events, family.late, marks


def remembered(installation: Installation) -> set[int]:
    """The instants of all marks that anybody remembers."""
    return {at for _, past in pasts(installation) for at in past}


@settings(max_examples=examples(400))
@given(
    merge_lists, deeds, st.lists(st.integers(0, 20), min_size=6, max_size=6), st.integers(0, 2**32)
)
def test_nothing_that_is_erased_in_order_is_left_where_merges_are_on_their_way(
    merges: list[tuple[int, str, str]],
    deeds: list[tuple[bool, str]],
    places: list[int],
    seed: int,
) -> None:
    """And nothing else goes with it but what is of who was erased as an id that led to another."""
    merges = sorted({source: (at, into, source) for at, into, source in merges}.values())
    events, late, marks = interleaved(merges, deeds, places)
    one = Installation(MARKS, 1)
    for each in events:
        one.feed(each)
    apart = Installation(MARKS, 16, one_log=True)
    run_apart(apart, events, random.Random(seed))
    for installation in (one, apart):
        installation.end(2_000)
    assert remembered(apart) <= remembered(one)
    assert remembered(one) - remembered(apart) <= marks
    in_order, told = (Counter(left_by(each)["erased"]) for each in (one, apart))
    assert in_order <= told
    assert {who for who, _ in told - in_order} <= late
    for log in apart.logs:
        for key, value in log.items():
            if key[:1] == b"g":
                grave = msgspec.msgpack.decode(value, type=Grave)
                assert grave.asked == grave.answered
