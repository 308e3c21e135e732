"""Outcomes as records: CloudEvents 1.0 in binary mode over Kafka.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.messages.message_ids import trigger_id
from streamseg.core.messages.outcomes import (
    CANCELLED,
    DEFERRED,
    ENTERED,
    ERASED,
    EXITED,
    MERGED,
    ContactNews,
    Outcome,
)
from streamseg.core.values.timestamps import format_time
from streamseg.formats.naming import IN_CLEAR, Naming

MAX_VALUE_BYTES: Final = 1_900_000  # the topics take 2 MiB, with key and headers
_NAMES_BYTES: Final = 10_000  # of what is left out
_CONTACTS: Final = ("contact", "from", "into")  # the fields that name one
_encode = msgspec.json.Encoder(decimal_format="number").encode

Headers = list[tuple[str, bytes]]


def to_json(outcome: Outcome | ContactNews) -> dict[str, Any]:
    """The object that stands in a record's value, and in a line of a replay's output."""
    if isinstance(outcome, ContactNews):
        return _news(outcome)
    anchor = outcome.anchor
    if isinstance(anchor, int):
        anchor = format_time(anchor)
    value: dict[str, Any] = {
        "id": _outcome_id(outcome, anchor),
        "type": outcome.type,
        "segment": outcome.segment,
        "contact": outcome.contact,
        "key": outcome.key,
        "rung": outcome.rung,
        "entered_at": format_time(outcome.entered_at),
    }
    if outcome.released_at is not None:
        value["released_at"] = format_time(outcome.released_at)
    if outcome.exited_at is not None:
        value["exited_at"] = format_time(outcome.exited_at)
    value["emitted_at"] = format_time(outcome.emitted_at)
    value["anchor"] = anchor
    value["rule"] = outcome.rule
    if outcome.source is not None:
        value["from"] = outcome.source
    if outcome.type in (ENTERED, EXITED):
        value["cause"] = outcome.cause
        return value
    value["variant"] = outcome.variant
    value["context"] = outcome.context
    value["why"] = outcome.why
    if outcome.reason is not None:
        value["reason"] = outcome.reason
    if outcome.type == DEFERRED:
        value["until"] = _time_or_none(outcome.until)
    if outcome.by is not None:
        value["by"] = outcome.by
    if outcome.deferred is not None:
        value["deferred"] = [
            {"gate": gate, "until": _time_or_none(until)} for gate, until in outcome.deferred
        ]
    if outcome.allowed is not None:
        value["allowed"] = outcome.allowed
    return value


def _time_or_none(instant: int | None) -> str | None:
    return None if instant is None else format_time(instant)


def _news(news: ContactNews) -> dict[str, Any]:
    """The object about a contact that was merged or erased."""
    at = format_time(news.at)
    name = trigger_id(news.type, news.contact, news.source, None, at)
    value: dict[str, Any] = {"id": name, "type": news.type, "contact": news.contact}
    emitted_at = format_time(news.emitted_at)
    if news.type == ERASED:
        return value | {"erased_at": at, "emitted_at": emitted_at}
    value |= {"from": news.source, "into": news.contact, "merged_at": at, "emitted_at": emitted_at}
    if news.type == MERGED:
        names = ("segment", "key", "rung", "entered_at")
        value["stays"] = [
            dict(zip(names, [*where, format_time(since)], strict=True))
            for *where, since in news.stays
        ]
        value["mixed"] = news.mixed
    return value


def _outcome_id(outcome: Outcome, anchor: str) -> str:
    """The trigger's id; of a change of membership one of its own, by the instant of the change."""
    if outcome.type in (ENTERED, EXITED):
        at = outcome.entered_at if outcome.exited_at is None else outcome.exited_at
        anchor = f"{outcome.type}@{format_time(at)}"
    return trigger_id(outcome.segment, outcome.contact, outcome.key, outcome.rung, anchor)


def encode_value(outcome: Outcome | ContactNews) -> bytes:
    """The value of a record: UTF-8 JSON in one line.

    Of more bytes than a record takes, the largest fields of the context are left out, and
    ``left_out`` in it names them.
    """
    return _fitting(to_json(outcome))


def _fitting(value: dict[str, Any]) -> bytes:
    encoded = _encode(value)
    if len(encoded) <= MAX_VALUE_BYTES or "context" not in value:
        return encoded
    sizes = {name: len(_encode(field)) for name, field in value["context"].items()}
    left_out: list[str] = []
    too_many = len(encoded) - MAX_VALUE_BYTES + _NAMES_BYTES
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        if too_many <= 0:
            break
        too_many -= sizes[name]
        left_out.append(name)
    kept = {name: field for name, field in value["context"].items() if name not in left_out}
    return _encode(value | {"context": {**kept, "left_out": left_out}})


def source_of(app_id: str) -> bytes:
    """The `ce_source` of this application's records."""
    return f"/streamseg/{app_id}".encode()


def encode(
    outcome: Outcome | ContactNews, source: bytes, naming: Naming = IN_CLEAR
) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of a record; ``source`` is its `ce_source`.

    A cancellation has an id of its own there, and so has the record that a trigger waits, since
    consumers drop what they know by source and id.
    """
    value = to_json(outcome)
    if outcome.stream in naming.topics:
        for field in _CONTACTS:
            if (contact := value.get(field)) is not None:
                value[field] = naming.of(outcome.stream, contact)
    name = value["id"]
    if outcome.type == CANCELLED:
        name += "-cancelled"
    elif outcome.type == DEFERRED:
        name += "-deferred"
    key = value["contact"].encode()
    headers = cloud_event(name, source, outcome.type, _time_of(value))
    headers.insert(-1, ("ce_subject", key))
    return key, _fitting(value), headers


def cloud_event(name: str, source: bytes, kind: str, time: str) -> Headers:
    """The headers of a record about no contact."""
    return [
        ("ce_id", name.encode()),
        ("ce_source", source),
        ("ce_specversion", b"1.0"),
        ("ce_type", kind.encode()),
        ("ce_time", time.encode()),
        ("content-type", b"application/json"),
    ]


def _time_of(value: dict[str, Any]) -> str:
    """The time of what a record tells (`ce_time`)."""
    time: str = next(
        value[name] for name in ("entered_at", "merged_at", "erased_at") if name in value
    )
    return time
