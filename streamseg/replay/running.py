"""Runs a replay: lines in, outputs out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from streamseg.core.counting.terms import Counting
from streamseg.core.messages.outcomes import AlertNews
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.tables.mail import TableSet
from streamseg.formats.alerts import encode_alert_value
from streamseg.formats.counts import lines_of
from streamseg.formats.outbound import encode_value
from streamseg.formats.views import top_lines
from streamseg.replay.driver import Driver, Told
from streamseg.replay.reading import Line

Write = Callable[[bytes], object]
_encode = msgspec.json.Encoder().encode


class Refusals(msgspec.Struct):
    """Records that were refused: how many by code, and the first of them."""

    by_code: Counter[str]
    first: Line | None = None


def run(
    rules: RuleSet,
    lines: Iterable[Line],
    outputs: Mapping[str, Write],
    *,
    until: int | None = None,
    lateness: int = 0,
    restart_every: int | None = None,
    contact: str | None = None,
    tables: Sequence[TableSet] | None = None,
) -> Refusals:
    """Replay lines; write one JSON object a line to the outputs that there are.

    ``outputs`` by name: triggers, membership, decisions, alerts, dlq, and stats: what was counted,
    at the end. ``until`` is an instant; where it is None or before the last event, the replay ends
    at the last event's time. All lines are read; of a ``contact`` alone, where one is given,
    triggers, membership and decisions are written. Quantile tables are ``tables``, or (None) made
    of what is read. Returns what was refused.
    """
    if "stats" in outputs and rules.counting is None:
        rules.counting = Counting()
    driver = Driver(rules, lateness, restart_every, tables=tables)
    refusals = Refusals(Counter())
    last: int | None = None
    for line in lines:
        if line.event is not None:
            reaches = line.event.reaches
            last = reaches if last is None else max(last, reaches)
            _write(driver.feed(line.event), outputs, contact)
        elif line.refused is not None:
            refusals.by_code[line.refused.code] += 1
            refusals.first = refusals.first or line
            if "dlq" in outputs:
                outputs["dlq"](_encode(_dead_letter(line)) + b"\n")
    ends = [instant for instant in (last, until) if instant is not None]
    if ends:
        _write(driver.advance(max(ends)), outputs, contact)
    if "stats" in outputs and driver.counted is not None:
        for counted in lines_of(driver.counted, [segment.name for segment in rules.counted]):
            outputs["stats"](_encode(counted) + b"\n")
    viewed = driver.partition.viewed
    if "stats" in outputs and viewed is not None:
        for top in top_lines(viewed):
            outputs["stats"](_encode(top) + b"\n")
    return refusals


def _write(outcomes: Iterable[Told], outputs: Mapping[str, Write], contact: str | None) -> None:
    for outcome in outcomes:
        write = outputs.get(outcome.stream)
        if write is None or isinstance(outcome, TableSet):
            continue
        if isinstance(outcome, AlertNews):
            write(encode_alert_value(outcome) + b"\n")
        elif contact in (None, outcome.contact):
            write(encode_value(outcome) + b"\n")


def _dead_letter(line: Line) -> dict[str, object]:
    assert line.refused is not None
    return {
        "code": line.refused.code,
        "message": line.refused.message,
        "file": line.file,
        "line": line.line,
        "value": line.value.decode("utf-8", "backslashreplace"),
    }
