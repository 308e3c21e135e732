"""State that stays in memory after a partition was released: for an hour, and no longer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streamseg.stream.offsets import Reached
from streamseg.stream.ownership import Owners
from streamseg.stream.session import Session
from streamseg.stream.warm import WarmStates

TP = TopicPartition("events", 3)
OWNERS = {TP: Owners(("me",), "token")}


def warm(most: float) -> WarmStates:
    states = WarmStates(most)
    task: Any = SimpleNamespace(tp=TP, committed=lambda: Reached({}))
    states.keep([task], "token")
    return states


@pytest.mark.parametrize(("most", "found"), [(60.0, {TP}), (0.0, set())])
def test_it_is_forgotten_when_its_time_is_over(most: float, found: set[TopicPartition]) -> None:
    states = warm(most)
    states.forget_old()
    assert states.take(OWNERS).keys() == found


def test_a_worker_that_has_no_partition_forgets_it() -> None:
    states = warm(0.0)

    async def waits() -> None:
        session: Any = SimpleNamespace(_warm=states, _changed=asyncio.Event())
        await Session._wait(session, session, None)

    asyncio.run(waits())
    assert not states.take(OWNERS)
