"""Erasures while partitions are hours apart: what is left is what one partition leaves, which reads
all in the order of time.

Keepers are erased, as often as one likes. Who led to one is not: the erasure of a stub may come to
its keeper late, and drops what that one remembers by then, whatever its time. Each id is merged
once: which of two keepers leaves one to the other depends on which is asked first.
"""

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.graves import Grave

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
