"""A document of state holds all there is, and is read into any number of partitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.kafka.murmur2 import murmur2
from streamseg.state.document import Reader, Writer
from tests.unit.core.shop import RULES, Log, Record, commit, ids, records, restored

ALL_KINDS = (Path(__file__).parents[2] / "property" / "all_kinds.yaml").read_text()
EDITED = RULES.replace("after: 3m", "after: 4m") + (
    "  - {name: often, per: category, when: {did: product_viewed, at_least: 2}, trigger: {}}\n"
    "  - {name: searcher, when: {did: searched, at_least: 2}, trigger: {}}\n"
)
CAPPED = RULES.replace(
    "segments:", "policies: {caps: {one: {max: 1, within: 1d}}, expires: 2d}\nsegments:"
)
HOUR = 3_600_000
LATENESS = 300_000


def document(*logs: Log) -> list[bytes]:
    writer = Writer()
    lines = [writer.begin()]
    for index, log in enumerate(logs):
        lines += writer.partition(index, log)
    return [*lines, writer.end()]


def read(lines: Iterable[bytes], partitions: int) -> list[Log]:
    logs: list[Log] = [{} for _ in range(partitions)]
    for record in Reader(partitions, 1).records(lines):
        assert not record.is_catalog
        logs[record.partition][record.key] = record.value
    return logs


def go_on(logs: list[Log], todo: list[Record], rules: str) -> list[tuple[str, ...]]:
    """What partitions tell of the records, each contact's event in its own."""
    partitions = [restored(log, rules, lateness=LATENESS) for log in logs]
    for record in todo:
        if isinstance(record, Event):
            partitions[murmur2(record.contact.encode()) % len(logs)].apply(record, None)
        else:
            for partition in partitions:
                partition.apply(record, None)
    end = max(partition.now for partition in partitions) + HOUR
    messages = []
    for partition in partitions:
        partition.advance(end, None)
        messages += commit(partition, Log())
    return ids(messages)


def half_way(rules: str) -> tuple[Log, list[Record]]:
    """A changelog in the middle of the shop's events, and those that are still to come."""
    every = records()
    partition, log = restored({}, rules, lateness=LATENESS), Log()
    for record in [*every[:1500], *odd_events(every[1499].time)]:
        partition.apply(record, None)
    commit(partition, log)
    return log, every[1500:]


def odd_events(time: int) -> list[Event]:
    """Events with values that JSON does not have as they lie in state."""
    values = ["short", "long " * 40, 1, Decimal("1.50"), True, 10**18]
    return [
        *(Event("page_viewed", "odd", time, {"x": one}) for one in values),
        *(Event("quiz_done", "odd", time, {"price": one}) for one in values),
        Event("contact_updated", "odd", time, {"x": {"y": [1, None, "z"]}, "$x": 2}),
    ]


def test_every_kind_of_feature_is_in_it_and_bytes_come_back() -> None:
    log, _ = half_way(ALL_KINDS)
    lines = [json.loads(line) for line in document(log)]
    described = next(line["described"] for line in lines if "described" in line)
    features, groups = described[1], described[3]
    told = set()
    for line in lines:
        told |= set(line.get("features", ()))
        for _, keys in line.get("keys", ()):
            told |= {feature for _, _, states, _ in keys for feature in states}
    known = {*features, *(feature for group in groups for feature in group)}
    assert {kind(one) for one in known} == {kind(one) for one in told}
    [odd] = [line["features"] for line in lines if line.get("contact") == "odd"]
    assert "$bytes" in json.dumps(odd)


def kind(feature: str) -> str:
    """The first word of a feature's id."""
    return re.split(r"\W+", feature.lstrip("('"))[0]


@pytest.mark.parametrize(
    "rules", [RULES, ALL_KINDS, CAPPED], ids=["shop", "all kinds", "with policies"]
)
def test_the_same_bytes_come_back(rules: str) -> None:
    log, _ = half_way(rules)
    assert read(document(log), 1) == [log]


@pytest.mark.parametrize(
    "rules", [RULES, ALL_KINDS, CAPPED], ids=["shop", "all kinds", "with policies"]
)
def test_in_other_numbers_of_partitions_the_same_is_told(rules: str) -> None:
    log, todo = half_way(rules)
    expected = go_on([log], todo, rules)
    three = read(document(log), 3)
    assert all(any(key[:1] == b"c" for key in one) for one in three)
    assert go_on(three, todo, rules) == expected
    assert go_on(read(document(*three), 2), todo, rules) == expected
    assert len(expected) > 50


def test_gaps_and_what_waits_under_two_layouts_come_along() -> None:
    log, todo = half_way(RULES)
    partition = restored(log, EDITED, lateness=LATENESS, slice_size=1)
    for record in todo[:300]:
        if isinstance(record, Event) and record.contact.endswith(("1", "2")):
            partition.apply(record, None)  # the others rest in the former layout
    commit(partition, log)
    layouts = {key for key in log if key[:1] == b"l"}
    assert len(layouts) == 2
    lines = document(log)
    for field in ("since", "key_since", "pending"):
        assert any(json.loads(line).get(field) for line in lines), field
    assert read(lines, 1) == [log]
    expected = go_on([dict(log)], todo, EDITED)
    assert go_on(read(lines, 4), todo, EDITED) == expected


def test_a_contact_is_told_by_feature_segment_and_rung() -> None:
    log, _ = half_way(RULES)
    contacts = [json.loads(line) for line in document(log) if line.startswith(b'{"contact"')]
    assert len(contacts) > 20
    [name] = {name for one in contacts for name in one["features"] if name.startswith("('latest'")}
    assert "None" in name
    rungs = {(segment, rung) for one in contacts for segment, rung, _ in one["slots"]}
    assert {("cart_left", "1m"), ("cart_left", "5m"), ("quiet", "3m")} <= rungs


def test_a_partition_that_is_behind_or_at_work_is_refused() -> None:
    log, _ = half_way(RULES)
    with pytest.raises(StateError, match="partition 1 knows other facts"):
        document(log, {})
    with pytest.raises(StateError, match="partition 0: changes of products are still on their way"):
        document(log | {b"wp-1": b"x"})


def test_what_is_cut_or_none_is_refused_by_its_line() -> None:
    log, _ = half_way(RULES)
    lines = document(log)
    with pytest.raises(StateError, match="it was cut: after line"):
        read(lines[:-1], 1)
    with pytest.raises(StateError, match=r"line \d+: \d+ lines of contacts"):
        read([*lines[:-2], lines[-1]], 1)
    with pytest.raises(StateError, match="line 1 is no line of state"):
        read([b'{"type":"page_viewed"}\n'], 1)
    with pytest.raises(StateError, match="line 1: a document of format 2"):
        read([b'{"state":2}\n'], 1)
    with pytest.raises(StateError, match="line 2 is no line of state"):
        read([lines[0], b"{]\n"], 1)


def test_stubs_go_with_their_ids_and_graves_everywhere() -> None:
    partition, log = restored({}), Log()
    partition.apply(Event("contact_merged", "k", 10, {"from": "a"}, "m"), None)
    partition.apply(Event("contact_erased", "z", 20, {}, "e"), None)
    commit(partition, log)
    logs = read(document(log), 4)
    (home,) = [index for index, one in enumerate(logs) if b"sa" in one]
    assert home == murmur2(b"a") % 4
    (grave,) = [key for key in log if key[:1] == b"g"]
    assert all(one[grave] == log[grave] for one in logs)
    again = read(document(*logs), 1)[0]
    assert {key: again[key] for key in again if key[:1] in b"gs"} == {
        key: log[key] for key in log if key[:1] in b"gs"
    }


def test_views_of_products_are_counted_anew_where_it_is_imported() -> None:
    rules = RULES.replace("segments:", "value: {most_viewed: {}}\nsegments:")
    log, _ = half_way(rules)
    assert any(key[:1] == b"v" for key in log)
    (imported,) = read(document(log), 1)
    assert not any(key[:1] == b"v" for key in imported)
    top = restored(imported, rules, lateness=LATENESS).viewed
    assert top is not None
    assert top.entries == []
