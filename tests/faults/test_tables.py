"""Workers are killed between what partitions counted and the table that is made of it, and between
a table and those who are to be moved by it: of each boundary there is the one table of a run in
which nothing is killed, everywhere at the same instant.
"""

from __future__ import annotations

import time

import pytest

from streamseg.core.tables.mail import Census, TableSet
from streamseg.formats.tables import decode_tables

from ..stream.conftest import Install
from ..stream.installation import wait_for
from ..stream.test_tables import PARTITIONS, RULES, of_replay, orders, told_to
from .test_merges import HOPS, kill_with_mail

pytestmark = pytest.mark.stream


def test_of_a_census_or_a_table_on_its_way_at_a_kill_one_table_comes(install: Install) -> None:
    events = orders(1_500, days=12)
    shop = install(RULES, PARTITIONS)
    shop.produce(events)
    for kind in (Census, TableSet):
        kill_with_mail(shop, kind)
    last = shop.worker(**HOPS)
    shop.wait_drained()
    expected = of_replay(events, int(time.time() * 1000))
    assert len(expected) >= 8
    wait_for(lambda: len(told_to(shop, PARTITIONS - 1)) >= len(expected), 30, lambda: last.log)
    assert last.stop() == 0
    made = [decode_tables(record.value) for record in shop.read("tables")]
    assert [(one.boundary, one.tables) for one in made] == expected
    for partition in range(1, PARTITIONS):
        assert told_to(shop, partition) == made
