"""The demo's lines and its closing table."""

import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from streamseg.demo.scoreboard import Row, Scoreboard
from streamseg.demo.stage import Stage
from streamseg.environment import variables
from streamseg.settings import Settings
from streamseg.tail.reading import Record
from streamseg.tail.rendering import Stream, message_of, render

# What commands of another terminal need to find the demo, and to replay its past.
_EXPORTED: Final = ("bootstrap", "topic_prefix", "app_id", "rules")


def introduction(stage: Stage, seconds: float) -> Iterator[str]:
    """What runs where, and how to read what follows."""
    settings = stage.settings
    waits_s = settings.lateness_ms / 1000
    yield ""
    yield f"console   {stage.worker.url}/   <- open this: segments, contacts, and why"
    yield f"metrics   {stage.worker.url}/metrics"
    yield f"Kafka     {settings.bootstrap}, triggers in {settings.topic('triggers')}"
    yield ""
    yield "In another terminal, first this, and then streamseg tail, streamseg why CONTACT SEGMENT:"
    yield f"export {' '.join(_variables(settings))}"
    yield ""
    yield f"Customers come for {seconds:g} s, and then all of it ends; for a longer look:"
    yield "DEMO_SECONDS=600 make demo. A line is a trigger; it begins with its latency, from the"
    yield "instant of entering the segment to being read here. cart_left and gone_quiet are brought"
    yield f"about by time alone and wait {waits_s:g} s of that for late events. A policy has the"
    yield "second reminder of a cart wait for a while after the first; its latency runs from the"
    yield "instant at which it may go."
    yield ""


def _variables(settings: Settings) -> Iterator[str]:
    for field in _EXPORTED:
        yield f"{variables(field)[0]}={shlex.quote(str(getattr(settings, field)))}"
    yield f"{variables('lateness_ms')[0]}={settings.lateness_ms}ms"


def trigger_line(board: Scoreboard, record: Record, seen_ms: int) -> Text:
    """One trigger, with its latency; the scoreboard counts it."""
    latency_ms = board.saw(message_of(record) or {}, seen_ms)
    lead = "" if latency_ms is None else f"{_seconds(latency_ms)} s"
    return Text().append(f"{lead:>9}  ", "bold").append_text(render(Stream.TRIGGERS, record))


def summary(rows: Iterable[Row], *, plain: bool) -> Table:
    """Triggers and latencies of each segment, without frames where there is no terminal."""
    table = Table(box=None if plain else box.SIMPLE, pad_edge=False)
    table.add_column("segment")
    for title in ("fired", "p50", "p99", "wait", "p50 − wait", "p99 − wait"):
        table.add_column(title, justify="right")
    for row in rows:
        latencies = (row.p50_ms, row.p99_ms)
        without = (None if ms is None else ms - row.waits_ms for ms in latencies)
        table.add_row(
            row.segment,
            str(row.fired),
            *map(_cell, latencies),
            _cell(row.waits_ms),
            *map(_cell, without),
        )
    return table


def _cell(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else f"{_seconds(milliseconds)} s"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
