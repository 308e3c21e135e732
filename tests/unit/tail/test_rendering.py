"""One record, one line."""

import json
from typing import Any

import pytest

from streamseg.tail.reading import Record
from streamseg.tail.rendering import Stream, render, render_json

FIRED = {
    "id": "4f1c",
    "type": "trigger.fired",
    "segment": "cart_left",
    "contact": "c-17",
    "key": None,
    "rung": "1h",
    "entered_at": "2026-11-21T11:00:00.123Z",
    "emitted_at": "2026-11-21T11:00:05.500Z",
    "anchor": "2026-11-21T10:00:00.123Z",
    "rule": "8c1f",
    "variant": None,
    "context": {"cart": {"items": [], "total": 0.1}},
    "why": ["cart of 2 items unchanged since 10:00:00.123"],
}


def _record(
    value: bytes | None, headers: tuple[tuple[str, bytes], ...] = (), key: bytes | None = b"c-17"
) -> Record:
    return Record("streamseg.triggers", 3, 41, 0, key, value, headers)


def _message(**changed: object) -> Record:
    return _record(json.dumps({**FIRED, **changed}).encode())


def test_a_trigger_says_when_what_who_and_why() -> None:
    line = render(Stream.TRIGGERS, _message()).plain
    columns = ["2026-11-21", "11:00:05.500", "fired", "cart_left", "1h", "c-17"]
    assert line.split()[:6] == columns
    assert line.endswith("  cart of 2 items unchanged since 10:00:00.123")


def test_a_style_covers_its_own_column_only() -> None:
    line = render(Stream.TRIGGERS, _message())
    assert not line.style
    fired = [span for span in line.spans if line.plain[span.start : span.end].strip() == "fired"]
    assert [span.style for span in fired] == ["bold green"]


def test_a_cancellation_reads_as_one() -> None:
    assert " cancelled " in render(Stream.TRIGGERS, _message(type="trigger.cancelled")).plain


def test_a_key_stands_beside_the_contact() -> None:
    line = render(Stream.TRIGGERS, _message(segment="back_in_stock", rung=None, key="p-9")).plain
    assert line.split()[2:6] == ["fired", "back_in_stock", "c-17", "p-9"]


def test_a_trigger_that_waited_says_for_what() -> None:
    held = [{"gate": "quiet_hours", "until": "2026-11-22T08:00:00.000Z"}]
    line = render(Stream.TRIGGERS, _message(deferred=held)).plain
    assert "  waited for quiet_hours  cart of 2 items" in line


def test_a_deferral_says_until_when() -> None:
    until = "2026-11-22T08:00:00.000Z"
    message = _message(type="trigger.deferred", reason="cap", until=until)
    assert render(Stream.DECISIONS, message).plain.endswith(f"  cap until {until}")


def test_a_decision_gives_its_reason() -> None:
    line = render(Stream.DECISIONS, _message(type="trigger.suppressed", reason="cooldown")).plain
    assert line.split()[2:] == ["suppressed", "cart_left", "1h", "c-17", "cooldown"]


def test_membership_gives_its_cause() -> None:
    line = render(Stream.MEMBERSHIP, _message(type="segment.exited", cause="event")).plain
    assert line.split()[2:] == ["exited", "cart_left", "1h", "c-17", "event"]


@pytest.mark.parametrize("stream", [Stream.TRIGGERS, Stream.MEMBERSHIP, Stream.DECISIONS])
def test_what_is_no_message_is_named_by_its_place(stream: Stream) -> None:
    assert "streamseg.triggers-3@41" in render(stream, _record(b"\xff")).plain
    assert json.loads(render_json(stream, _record(b"[]"))) == {
        "undecodable": "[]",
        "partition": 3,
        "offset": 41,
    }


def test_json_is_the_message_as_it_came() -> None:
    value = b'{"type":"trigger.fired","context":{"total":0.10000000000000000001}}'
    assert render_json(Stream.TRIGGERS, _record(value)) == value


def test_json_is_one_line_even_where_the_message_is_not() -> None:
    line = render_json(Stream.TRIGGERS, _record(b'{\n"type": "x"}'))
    assert b"\n" not in line
    assert json.loads(line) == {"type": "x"}


WORKER_HEADERS = (
    ("tenant", b"shop"),
    ("streamseg.error.topic", b"streamseg.events"),
    ("streamseg.error.partition", b"2"),
    ("streamseg.error.offset", b"1024"),
    ("streamseg.error.code", b"bad_time"),
    ("streamseg.error.message", b"time is missing"),
)


def test_a_dead_letter_says_where_it_stood_and_why() -> None:
    line = render(Stream.DLQ, _record(b'{"type":"x"}', WORKER_HEADERS)).plain
    assert line == 'streamseg.events-2@1024  bad_time  time is missing  {"type":"x"}'


def test_a_dead_letter_of_a_file_says_its_line() -> None:
    headers = (
        ("streamseg.error.file", b"in.ndjson"),
        ("streamseg.error.line", b"7"),
        ("streamseg.error.code", b"not_json"),
        ("streamseg.error.message", b"Expecting value"),
    )
    line = render(Stream.DLQ, _record(b"id,type", headers, key=None)).plain
    assert line == "in.ndjson:7  not_json  Expecting value  id,type"


def test_a_dead_letter_of_any_bytes_stays_one_short_line() -> None:
    line = render(Stream.DLQ, _record(b"\xff\n" + b"x" * 500, WORKER_HEADERS)).plain
    assert "\n" not in line
    assert r"\xff" in line
    assert line.endswith("x…")
    assert len(line) < 200


def test_a_dead_letter_as_json_has_place_reason_key_and_value() -> None:
    assert json.loads(render_json(Stream.DLQ, _record(b"\xffa", WORKER_HEADERS))) == {
        "topic": "streamseg.events",
        "partition": 2,
        "offset": 1024,
        "code": "bad_time",
        "message": "time is missing",
        "key": "c-17",
        "value": "\\xffa",
    }


def test_a_dead_letter_without_a_value_is_still_a_line() -> None:
    assert "bad_time" in render(Stream.DLQ, _record(None, WORKER_HEADERS)).plain
    assert json.loads(render_json(Stream.DLQ, _record(None)))["value"] is None


@pytest.mark.parametrize("stream", [Stream.TRIGGERS, Stream.MEMBERSHIP, Stream.DECISIONS])
@pytest.mark.parametrize(
    "message",
    [
        {"contact": None, "key": None, "rung": None, "why": None, "deferred": None},
        {"contact": {"id": 1}, "key": ["p"], "rung": {}, "why": "x", "deferred": "none"},
        {"contact": 7, "key": 7, "type": 7, "segment": None, "emitted_at": 7, "deferred": [1]},
    ],
)
def test_a_message_of_somebody_else_s_is_shown_as_far_as_it_goes(
    stream: Stream, message: dict[str, Any]
) -> None:
    record = Record("streamseg.triggers", 0, 1, 0, None, json.dumps(message).encode())
    assert render(stream, record).plain
