"""Wherever the engine fails within a record, going back leaves nothing of the record behind."""

from __future__ import annotations

import random
import sys
from inspect import CO_GENERATOR
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.compiled import IS_COMPILED
from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.formats.canonical import decode

from .raw_records import START_MS, _written, valid_event
from .scale import examples
from .test_raw_records import ALL_KINDS, Catalog

BATCH = 7


class Bug(Exception):
    """What a fault in the engine raises."""


class Fuse:
    """Has the n-th call of a function of the engine fail.

    Generators are left out: that one is closed counts as a call, too, and what is raised there
    reaches nobody.
    """

    def __init__(self, calls: int) -> None:
        self._left = calls

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if code.co_flags & CO_GENERATOR:
            return
        if event == "call" and "/streamseg/core/" in code.co_filename:
            self._left -= 1
            if not self._left:
                raise Bug


def course(seed: int) -> list[Event | ProductChange]:
    """What a partition gets: events and changes of products, mostly in the order of their times."""
    rng = random.Random(seed)
    catalog, time = Catalog(), START_MS
    found: list[Event | ProductChange] = []
    for number in range(40):
        time += rng.choice([0, 1_000, 60_000, 1_800_000, 40 * 86_400_000])
        late = rng.choice([0, 0, 0, 7_200_000])
        event = decode(_written(valid_event(rng, time - late)).encode())
        event.name = event.id or f"e{number}"
        if isinstance(event, Event):
            found.append(event)
        else:
            catalog.apply(event, None)
            found += catalog.take().outcomes
    return found


def told(records: list[Event | ProductChange], bad: int | None, calls: int) -> Any:
    """What is told and what is remembered, where the engine fails on one of the records."""
    partition = Partition(ALL_KINDS, 5_000, slice_size=1)
    partition.ready()
    found: list[Any] = []
    batch: list[Event | ProductChange] = []
    for place, record in enumerate(records):
        batch.append(record)
        has_failed = False
        try:
            if place == bad:
                sys.setprofile(Fuse(calls))
            partition.apply(record, None)
        except Bug:
            sys.setprofile(None)
            batch.pop()
            has_failed = True
            partition.rollback()
            for one in batch:
                partition.apply(one, None)
        finally:
            sys.setprofile(None)
        if len(batch) >= BATCH and not has_failed:
            batch = []
            while not partition.advance(partition.now, None, 1):
                pass
            found += partition.take().outcomes
            partition.install()
    partition.advance(partition.now + 100 * 86_400_000, None)
    found += partition.take().outcomes
    for outcome in found:  # a product that one contact waited for is brought round in more steps
        outcome.emitted_at = 0
    found.sort(key=repr)
    state = partition._state
    return found, state.contacts.resting, state.products.resting, partition.state_bytes


@pytest.mark.skipif(IS_COMPILED, reason="faults are put between calls of Python")
@settings(max_examples=examples(150))
@given(st.integers(0, 2**32), st.integers(0, 39), st.integers(1, 400))
def test_a_record_that_fails_half_way_leaves_no_trace(seed: int, bad: int, calls: int) -> None:
    records = course(seed)
    if bad < len(records):
        without = records[:bad] + records[bad + 1 :]
        failed = told(records, bad, calls)
        assert failed in (told(without, None, 0), told(records, None, 0))
