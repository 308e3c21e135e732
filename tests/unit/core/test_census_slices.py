"""A census that goes on in slices counts everybody as of its boundary, whatever time does then."""

from __future__ import annotations

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.core.tables.mail import TableSet
from streamseg.core.values.timestamps import parse_time
from tests.unit.core.shop import restored

DAY = 86_400_000
MONDAY = parse_time("2026-01-12T04:00:00Z")  # the boundary
RULES = """
version: 1
privacy: {forget_after: 12d}
value:
  tables: {every: week, at: "mon 04:00"}
  rfm: {buyers: {}}
  kpis: {scores: true}
segments:
  - {name: of_late, when: {did: order_placed, within: 10d}}
"""


QUANTILES = """
version: 1
privacy: {forget_after: 12d}
value:
  tables: {every: week, at: "mon 04:00", least: 1}
  rfm: {buyers: {within: 10d, monetary: {quantiles: 5, fallback: [10, 20, 30, 40]}}}
segments:
  - {name: rich, when: {rfm: {monetary: {gte: 3}}}}
"""


def order(who: str, time: int, total: int = 100) -> Event:
    data = {"order": f"{who}{time}", "total": total}
    return Event("order_placed", who, time, data, f"{who}{time}")


def begun(contacts: int = 0, rules: str = RULES) -> Partition:
    """A census that is open, and has counted the first of its contacts only."""
    partition = restored({}, rules, slice_size=1)
    ordered = [order("z", MONDAY - 9 * DAY)]
    ordered += [order(f"b{number:03}", MONDAY - 2 * DAY) for number in range(contacts)]
    for event in [*ordered, order("a", MONDAY - DAY, 500)]:
        partition.apply(event, None)
    while (due := partition.due) is not None and due < MONDAY:
        partition.advance(MONDAY - 1, None, 1)
    assert not partition.advance(MONDAY, None, 1)
    partition.take()
    partition.install()
    return partition


def summed(partition: Partition) -> tuple[int, int]:
    """Days since the boundary of the last sums, and how many members there were."""
    ledger = partition.counted
    assert ledger is not None
    sums = ledger.sizes["of_late"].sums
    assert sums is not None
    return (sums.as_of - MONDAY) // DAY, sums.contacts


def test_who_is_forgotten_while_it_goes_on_was_there() -> None:
    """Out of the segment a day after the boundary, and forgotten two days later."""
    partition = begun()
    assert summed(partition) == (-7, 1)
    while not partition.advance(MONDAY + 4 * DAY, None, 1):
        pass
    assert partition.contacts == 2  # of before the batch
    partition.take()
    partition.install()
    assert partition.contacts == 1
    assert summed(partition) == (0, 2)


def test_who_is_forgotten_while_it_goes_on_is_in_the_table() -> None:
    partition = begun(rules=QUANTILES)
    while not partition.advance(MONDAY + 4 * DAY, None, 1):
        pass
    (made,) = [one for one in partition.take().outcomes if isinstance(one, TableSet)]
    assert (made.boundary, made.tables["rfm.buyers"].count) == (MONDAY, 2)


def test_time_comes_to_no_further_boundary_before_it_is_over() -> None:
    """Else one call would have to look at all contacts that are left, however many they are."""
    contacts = 40
    partition = begun(contacts)
    later = MONDAY + 7 * DAY
    assert not partition.must_wait(later - 1)
    assert partition.must_wait(later)
    calls = 0
    while not partition.advance(later + DAY, None, 1):
        calls += 1
        assert partition.now < later or summed(partition)[0] >= 0
        assert calls < 10 * contacts
    assert calls > contacts
    assert not partition.must_wait(later + DAY)
    assert (partition.now, summed(partition)) == (later + DAY, (7, contacts + 1))
