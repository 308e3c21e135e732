"""Quantile tables between partitions: who is behind, what is aborted, what is edited, who moves."""

import json
from typing import Any

import pytest

from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.identity.mail import about_tables
from streamseg.core.partition import Partition
from streamseg.core.tables.mail import Table, TableSet
from streamseg.core.values.timestamps import parse_time
from streamseg.formats.signals import decode_signal
from streamseg.rules import parse_rules
from streamseg.state.document import Reader, Writer
from tests.property.installation import Installation, home_of

RULES = """
version: 1
value:
  tables: {every: day, at: "04:00", least: 1, drift: 0}
  rfm:
    buyers:
      within: 30d
      recency: [10d]
      frequency: [2]
      monetary: {quantiles: 2, fallback: [1000]}
      segments: {low: [[1, 1], [2, 1]], high: [[1, 2], [2, 2]]}
segments:
  - {name: rich, when: {rfm: {monetary: {eq: 2}}}, trigger: {}, membership: true}
"""
COMPILED = parse_rules(RULES)
HOUR = 3_600_000
NOON = parse_time("2026-01-06T12:00:00Z")
FOUR = parse_time("2026-01-07T04:00:00Z")
COUNT = 4
# One contact in each partition, so that none is empty.
WHO = [next(f"c{n}" for n in range(99) if home_of(f"c{n}", COUNT) == one) for one in range(COUNT)]


def order(who: str, time: int, total: int, number: int) -> Event:
    data = {"order": f"o{number}", "total": total}
    return Event("order_placed", who, time, data, f"e{number}", f"e{number}")


def installation(**options: Any) -> Installation:
    """Four contacts, of 10, 20, 30 and 40, the first in the partition that makes tables."""
    made = Installation(COMPILED, COUNT, **options)
    for number, who in enumerate(WHO):
        made.read(order(who, NOON + number, 10 * (number + 1), number))
    return made


def advance(made: Installation, index: int, now: int) -> None:
    made.partitions[index].advance(now, None)
    made.commit(index)


def cuts_of(tables: TableSet) -> list[int | str]:
    return tables.tables["rfm.buyers"].cuts["monetary"]


def test_a_partition_that_is_behind_delays_the_table_and_nothing_else() -> None:
    made = installation()
    for index in (0, 2, 3):
        advance(made, index, FOUR + 50 * HOUR)
    made.deliver_all()
    assert made.tables == []
    made.read(order(WHO[2], FOUR + 50 * HOUR, 980, 9))
    assert len(made.told["triggers"]) == 1  # by fallback
    advance(made, 1, FOUR)
    made.deliver_all()
    (tables,) = made.tables
    assert (tables.boundary, cuts_of(tables)) == (FOUR, [21])
    assert tables.tables["rfm.buyers"].count == COUNT


@pytest.mark.parametrize("late", [0, 3 * HOUR])
def test_live_a_table_holds_a_minute_after_it_was_made_everywhere(late: int) -> None:
    """So that all partitions have it before; it is made when the last census is there."""
    made = installation(slice_size=10)
    for index in range(1, COUNT):
        advance(made, index, FOUR)
    advance(made, 0, FOUR + late)
    made.deliver_all()
    (tables,) = made.tables
    assert (tables.boundary, tables.effective) == (FOUR, FOUR + late + 60_000)
    given = [partition.due for partition in made.partitions]
    assert given == [tables.effective] * COUNT


def test_what_is_aborted_is_told_again_and_one_table_is_made() -> None:
    made = installation()
    for index in range(COUNT):
        made.partitions[index].advance(FOUR, None)
        made.partitions[index].take()
        made.partitions[index].rollback()  # the census was lost with its transaction
        advance(made, index, FOUR)
    # The last census comes, and what it brought is aborted; then it comes again.
    for source in (1, 1, 2, 2, 3):  # each told first that it had no contacts before
        made.deliver(source, 0)
    (mail,) = made.channels[3, 0]
    maker = made.partitions[0]
    maker.apply(decode_signal(mail), None)
    brought = [one for one in maker.take().outcomes if isinstance(one, TableSet)]
    assert len(brought) == 1
    maker.rollback()
    assert made.tables == []
    made.deliver_all()
    assert [cuts_of(one) for one in made.tables] == [[21]]
    assert made.table_mail == COUNT - 1


def test_15_tables_that_come_late_are_taken_at_the_latest_decided_instant() -> None:
    made = Installation(COMPILED, 1, given=[])
    effective = FOUR + 60_000
    made.read(order("c", NOON, 500, 1))
    made.read(order("d", NOON, 500, 2))
    made.read(order("c", effective + HOUR, 500, 3))  # it makes 1000: told, by fallback
    made.end(effective + 2 * HOUR)
    of = COMPILED.tabled["rfm.buyers"].counts
    for boundary, at in ((FOUR, effective), (FOUR + 1, effective + 1)):
        table = Table(of, boundary, 2, {"monetary": [2000]}, {"monetary": [0]})
        tables = TableSet(boundary, at, {"rfm.buyers": table})
        made.partitions[0].apply(about_tables(tables), None)
        made.commit(0)
    assert len(made.told["triggers"]) == 1
    entered, exited = [json.loads(one) for one in made.told["membership"]]
    assert (entered["cause"], exited["cause"]) == ("event", "table")
    assert parse_time(exited["exited_at"]) == effective + HOUR


@pytest.mark.parametrize("slice_size", [None, 1])
def test_an_event_from_before_a_table_that_comes_in_time_is_decided_before_it(
    slice_size: int | None,
) -> None:
    effective = FOUR + 60_000
    of = COMPILED.tabled["rfm.buyers"].counts
    table = Table(of, FOUR, 2, {"monetary": [2000]}, {"monetary": [0]})
    tables = [TableSet(FOUR, effective, {"rfm.buyers": table})]
    made = Installation(COMPILED, 1, 5_000, given=tables, slice_size=slice_size, restarts=True)
    for number, who in enumerate("abcd"):
        made.read(order(who, NOON, 500, number))
    made.end(effective + 2_000)
    made.read(order("a", effective - 1_000, 500, 10))  # 1000: rich by the cut before
    made.read(order("b", effective + 1_000, 500, 11))  # poor by the one after
    made.end(effective + 5_000)
    told = [json.loads(one) for one in made.told["membership"]]
    assert [(one["contact"], one["type"], one["cause"]) for one in told] == [
        ("a", "segment.entered", "event"),
        ("a", "segment.exited", "table"),
    ]
    assert parse_time(told[0]["entered_at"]) == effective - 1_000
    assert parse_time(told[1]["exited_at"]) == effective


def test_a_restart_between_census_and_table_leaves_one_table() -> None:
    made = installation(restarts=True)
    for index in range(COUNT):
        advance(made, index, FOUR)
    made.deliver_all()
    assert [cuts_of(one) for one in made.tables] == [[21]]


def test_of_a_boundary_that_a_partition_cannot_tell_of_no_table_is_made() -> None:
    """A partition had contacts before any rule asked for tables, and is beyond the boundary."""
    made = installation()
    fixed = parse_rules(RULES.replace("{quantiles: 2, fallback: [1000]}", "[1000]"))
    stranger = Partition(fixed)
    stranger.ready()
    stranger.apply(order(WHO[1], NOON, 20, 1), None)
    stranger.advance(FOUR + HOUR, None)
    made.logs[1] = {key: value for key, value in stranger.take().changes if value is not None}
    made.restart(1)
    for index in range(COUNT):
        advance(made, index, FOUR + HOUR)
    made.deliver_all()
    assert made.tables == []
    for index in range(COUNT):
        advance(made, index, FOUR + 25 * HOUR)
    made.deliver_all()
    assert [one.boundary for one in made.tables] == [FOUR + 24 * HOUR]


def test_a_partition_without_contacts_delays_nothing_once_it_knows_what_time_it_is() -> None:
    made = Installation(COMPILED, COUNT)
    made.read(order(WHO[0], NOON, 10, 0))
    advance(made, 0, FOUR)
    made.deliver_all()
    assert made.tables == []
    for index in (1, 2, 3):
        advance(made, index, FOUR + 100 * HOUR)
    made.deliver_all()
    assert [cuts_of(one) for one in made.tables] == [[11]]


def test_slices_count_each_contact_once_whoever_comes_between() -> None:
    made = Installation(COMPILED, 1, slice_size=1, restarts=True)
    names = [f"c{number}" for number in range(6)]
    for number, who in enumerate(names):
        made.read(order(who, NOON, 10 * (number + 1), number))
    partition = made.partitions[0]
    assert not partition.advance(FOUR, None, 1)
    made.commit(0)
    for number, who in enumerate([*names, "new"]):  # some of them counted, some not
        made.read(order(who, FOUR + number, 5000, 10 + number))
    made.end(FOUR + HOUR)
    (tables,) = made.tables
    assert (tables.tables["rfm.buyers"].count, cuts_of(tables)) == (6, [31])


def test_who_is_merged_or_erased_is_counted_as_of_the_boundary() -> None:
    made = Installation(COMPILED, 1, slice_size=1)
    for number, who in enumerate("abcdef"):
        made.read(order(who, NOON, 10 * (number + 1), number))
    made.partitions[0].advance(FOUR, None, 1)
    made.commit(0)
    made.read(Event("contact_merged", "e", FOUR + 1, {"from": "f"}, "m", "m"))
    made.read(Event("contact_merged", "n", FOUR + 1, {"from": "d"}, "m2", "m2"))
    made.read(Event("contact_erased", "c", FOUR + 2, {}, "x", "x"))
    made.end(FOUR + HOUR)
    (tables,) = made.tables
    assert (tables.tables["rfm.buyers"].count, cuts_of(tables)) == (6, [31])


def test_a_look_at_a_contact_is_under_the_table_that_holds() -> None:
    made = installation()
    made.end(FOUR)
    segment = COMPILED.segments[0]
    index = COUNT - 1
    peek = made.partitions[index].peek(WHO[-1], made.tables[0].effective)
    assert peek is not None
    assert peek.explain(segment, None, 0)[1].truth is True


def test_edited_figures_have_no_table_until_the_next_boundary() -> None:
    made = installation()
    made.end(FOUR)
    assert len(made.tables) == 1
    made.rules = parse_rules(RULES.replace("[10d]", "{quantiles: 2, fallback: [10d]}"))
    for index in range(COUNT):
        made.restart(index)
    made.end(FOUR + HOUR)
    peek = made.partitions[3].peek(WHO[3], FOUR + HOUR)
    assert peek is not None
    assert peek.explain(made.rules.segments[0], None, 0)[1].truth is False
    made.end(FOUR + 24 * HOUR)
    assert [cuts_of(one) for one in made.tables] == [[21], [21]]


def test_tables_go_into_a_document_of_state_and_come_out_of_it_for_other_partitions() -> None:
    made = installation()
    made.end(FOUR)
    writer = Writer()
    lines = [writer.begin()]
    for index, log in enumerate(made.logs):
        lines += writer.partition(index, log)
    records = list(Reader(2, 1).records([*lines, writer.end()]))
    two = Installation(COMPILED, 2)
    for record in records:
        two.logs[record.partition][record.key] = record.value
    for index in range(2):
        two.restart(index)
    two.end(FOUR + HOUR)
    assert two.told["triggers"] == []
    for who in WHO:
        (peek,) = [
            found
            for partition in two.partitions
            if (found := partition.peek(who, FOUR + HOUR)) is not None
        ]
        is_rich = peek.explain(COMPILED.segments[0], None, 0)[1].truth
        assert is_rich is (WHO.index(who) >= 2)


def test_while_a_table_is_on_its_way_state_is_not_exported() -> None:
    made = installation(slice_size=1)
    made.end(FOUR)
    with pytest.raises(StateError, match="quantile tables are still on their way"):
        list(Writer().partition(0, made.logs[0]))
