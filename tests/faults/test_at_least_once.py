"""Without transactions a crash may repeat a trigger, under the same id, but loses none."""

from __future__ import annotations

import time

import pytest

from tests.replaying import run_replay

from ..stream.conftest import Install
from ..stream.installation import ids
from ..stream.shop import RULES, simulated
from .test_crashes import SETTINGS, run_until

pytestmark = pytest.mark.stream


def test_at_least_once_loses_nothing_when_a_worker_is_killed(install: Install) -> None:
    events = simulated(4_000)
    settings = {**SETTINGS, "processing_guarantee": "at_least_once"}
    shop = install()
    shop.produce(events)
    first = shop.worker(**settings)
    run_until(shop, first, len(events) // 3)
    first.kill()
    second = shop.worker(**settings)
    shop.wait_drained()
    assert second.stop() == 0
    expected = ids(run_replay(RULES, events, until=int(time.time() * 1000)).triggers)
    assert set(expected) <= set(ids(shop.told()))
