"""Whatever is sent: a record is applied or refused with a code, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.errors import Refused, StateError
from streamseg.core.events import Event, ProductEvent
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.values.timestamps import LATEST_MS
from streamseg.formats.canonical import decode, decode_event, decode_product
from streamseg.formats.outbound import encode
from streamseg.formats.signals import decode_change, encode_change
from streamseg.observe.stats import REJECTION_CODES
from streamseg.rules import parse_rules

from .driver import rules_yaml
from .raw_records import Raw, noise, records
from .rule_files import rule_files
from .scale import examples

READ = msgspec.json.Decoder(float_hook=Decimal).decode
DAY_MS = 86_400_000
ALL_KINDS = parse_rules(Path(__file__).with_name("all_kinds.yaml").read_text("utf-8"))
DECODERS: dict[str, Callable[..., Any]] = {"events": decode_event, "products": decode_product}


def read(record: Raw) -> Event | ProductEvent | None:
    """The event, or None where the record is refused, for a reason that is one of the codes."""
    try:
        event: Event | ProductEvent = DECODERS[record.topic](record.value, record.key, {})
    except Refused as refused:
        check(refused)
        return None
    return event


def check(refused: Refused) -> None:
    """A dead letter has one of the codes, and a message that can be sent."""
    assert refused.code in REJECTION_CODES
    assert refused.message.encode("utf-8", "backslashreplace")


class Host:
    """A partition and the catalog, as a worker has them, whose state is reloaded now and then."""

    def __init__(self, rules: RuleSet, reload_every: int | None) -> None:
        self._rules = rules
        self._reload_every = reload_every
        self._count = 0
        self._logs: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
        self.told: list[bytes] = []
        self._start()

    def _start(self) -> None:
        self._catalog, self._partition = Catalog(), Partition(self._rules, 5_000)
        for task, log in zip((self._catalog, self._partition), self._logs, strict=True):
            for key, value in log.items():
                task.load(key, value)
            task.ready()

    def feed(self, event: Event | ProductEvent) -> None:
        """Apply an event."""
        if isinstance(event, Event):
            self._partition.apply(event, None)
        else:
            self._catalog.apply(event, None)
            self._partition.advance(event.time, None)
            for change in self._commit(self._catalog, 0):
                sent = decode_change(encode_change(change))
                assert sent == change
                self._partition.apply(sent, None)
        self._count += 1
        if self._reload_every and self._count % self._reload_every == 0:
            self.commit()
            self._start()

    def _commit(self, task: Any, place: int) -> list[Any]:
        batch = task.take()
        task.install()
        log = self._logs[place]
        for key, value in batch.changes:
            if value is None:
                log.pop(key, None)
            else:
                log[key] = value
        return list(batch.outcomes)

    def commit(self) -> None:
        """Write out outcomes and state."""
        for outcome in self._commit(self._partition, 1):
            key, value, headers = encode(outcome, b"/streamseg/test")
            READ(value)
            assert all(isinstance(header, bytes) for _, header in headers)
            self.told.append(key + b" " + value)

    def end(self) -> list[bytes]:
        """What was told, to the end of time as far as it is known."""
        self._partition.advance(min(self._partition.now + 100 * DAY_MS, LATEST_MS), None)
        self.commit()
        return self.told


def told(rules: RuleSet, sent: list[Raw], reload_every: int | None) -> list[bytes]:
    host = Host(rules, reload_every)
    for place, record in enumerate(sent):
        event = read(record)
        if event is not None:
            event.name = event.id or f"t-0-{place}"
            host.feed(event)
    return host.end()


@settings(max_examples=examples(400))
@given(records)
def test_no_record_breaks_the_engine(sent: list[Raw]) -> None:
    assert told(ALL_KINDS, sent, None) == told(ALL_KINDS, sent, 1)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(rule_files(), records)
def test_no_record_breaks_the_engine_under_any_rules(rules: Any, sent: list[Raw]) -> None:
    parsed = parse_rules(rules_yaml(rules))
    assert told(parsed, sent, None) == told(parsed, sent, 2)


@settings(max_examples=examples(400))
@given(noise, noise)
def test_noise_is_refused(value: bytes | None, key: bytes | None) -> None:
    for topic in DECODERS:
        assert read(Raw(topic, key, value)) is None
    with pytest.raises(Refused):
        decode_change(value)


@settings(max_examples=examples(400))
@given(records)
def test_a_file_s_reader_refuses_what_the_topic_s_reader_refuses(sent: list[Raw]) -> None:
    for record in sent:
        event = read(record)
        if event is not None and record.value is not None:
            assert repr(decode(record.value).data) == repr(event.data)


signals = st.dictionaries(
    st.sampled_from(["type", "product", *msgspec.structs.asdict(decode_change(
        b'{"type":"product_changed","product":"p","time":0,"version":1}'
    ))]),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.integers(0, 2**41), st.text(max_size=3),
        st.floats(allow_nan=False), st.lists(st.none()), st.just(10**400),
    ),
)  # fmt: skip


@settings(max_examples=examples(400))
@given(st.lists(signals, max_size=4))
def test_no_signal_breaks_the_engine(sent: list[dict[str, Any]]) -> None:
    right = {"type": "product_changed", "product": "p", "time": 0, "version": 1}
    partition = Partition(ALL_KINDS)
    partition.ready()
    for version, one in enumerate(sent, start=1):
        value = msgspec.json.encode({**right, "version": version, **one})
        try:
            change = decode_change(value)
        except Refused as refused:
            check(refused)
            continue
        except StateError:  # of a newer version, which may be state on its way: it stops a worker
            assert type(one["type"]) is str
            continue
        partition.apply(change, None)
    again = Partition(ALL_KINDS)
    for key, state in partition.take().changes:
        again.load(key, state)
    again.ready()
