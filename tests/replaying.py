"""A replay inside a test: rules and events in, what the command line would print out."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from streamseg.core.tables.mail import TableSet
from streamseg.core.values.timestamps import parse_duration, parse_time
from streamseg.replay.reading import merge, read_lines
from streamseg.replay.running import run
from streamseg.rules import parse_rules


class ReplayResult(msgspec.Struct):
    """The outputs, one dict a line; ``raw`` has the same as bytes."""

    triggers: list[dict[str, Any]]
    membership: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    dlq: list[dict[str, Any]]
    stats: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    raw: dict[str, bytes]


def run_replay(
    rules: str,
    events: Iterable[dict[str, Any] | str | bytes],
    *,
    until: int | str | None = None,
    lateness: str = "0s",
    restart_every: int | None = None,
    tables: Sequence[TableSet] | None = None,
) -> ReplayResult:
    """Replay events, as dicts or as lines, under the YAML text ``rules``.

    Raises RuleErrors.
    """
    text = b"\n".join(
        event
        if isinstance(event, bytes)
        else (event if isinstance(event, str) else json.dumps(event)).encode()
        for event in events
    )
    names = ("triggers", "membership", "decisions", "dlq", "stats", "alerts")
    buffers = {name: io.BytesIO() for name in names}
    run(
        parse_rules(rules),
        merge([read_lines(io.BytesIO(text), "events", "")]),
        {name: buffer.write for name, buffer in buffers.items()},
        until=parse_time(until) if isinstance(until, str) else until,
        lateness=parse_duration(lateness),
        restart_every=restart_every,
        tables=tables,
    )
    raw = {name: buffer.getvalue() for name, buffer in buffers.items()}
    lines = {name: [json.loads(line) for line in value.splitlines()] for name, value in raw.items()}
    return ReplayResult(**lines, raw=raw)
