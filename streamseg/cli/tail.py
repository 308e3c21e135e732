"""`streamseg tail`: what Streamseg tells, as it is committed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from streamseg.tail.choosing import OF_SEGMENTS, Choice
from streamseg.tail.rendering import Stream, render, render_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.settings import Settings
    from streamseg.tail.reading import Record

Followed = Annotated[Stream, typer.Argument(metavar="STREAM", help="What to follow.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
FromBeginning = Annotated[
    bool, typer.Option("--from-beginning", help="Begin with what is there already.")
]
UntilIdle = Annotated[
    float | None, typer.Option(min=0, metavar="S", help="End when nothing came for S seconds.")
]
Max = Annotated[int | None, typer.Option("--max", min=1, metavar="N", help="End after N records.")]
Contact = Annotated[
    str | None, typer.Option(metavar="ID", help="Only what is told of this contact.")
]
Segment = Annotated[str | None, typer.Option(metavar="NAME", help="Only what is of this segment.")]
Bootstrap = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Kafka; else STREAMSEG_BOOTSTRAP.")
]


def run(
    stream: Followed = Stream.TRIGGERS,
    as_json: AsJson = False,
    from_beginning: FromBeginning = False,
    until_idle: UntilIdle = None,
    at_most: Max = None,
    contact: Contact = None,
    segment: Segment = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Follow triggers, membership, decisions or dead letters until Ctrl-C.

    Shows committed records only, one line each; times are in UTC.
    """
    from streamseg.cli._files import reader_may_leave, standard_output
    from streamseg.cli._running import run_until_stopped
    from streamseg.settings import load_settings

    if segment is not None and stream not in OF_SEGMENTS:
        what = f"{stream} is of no segment; --segment goes with {', '.join(OF_SEGMENTS)}"
        raise typer.BadParameter(what, param_hint="--segment")
    standard_output()  # to be told before Kafka is asked
    settings = load_settings(bootstrap=bootstrap)
    show = _json_lines(stream) if as_json else _lines(stream)
    choice = Choice(contact, segment)
    with reader_may_leave():
        run_until_stopped(
            _follow(settings, stream, from_beginning, until_idle, at_most, choice, show),
            while_read=True,
        )


async def _follow(
    settings: Settings,
    stream: Stream,
    from_beginning: bool,
    until_idle_s: float | None,
    at_most: int | None,
    choice: Choice,
    show: Callable[[Record], None],
) -> None:
    from contextlib import aclosing

    from streamseg.tail.reading import follow

    records = follow(
        settings.connection(),
        settings.topic(stream),
        from_beginning=from_beginning,
        until_idle_s=until_idle_s,
    )
    shown = 0
    async with aclosing(records):
        async for record in records:
            if not choice.has(record):
                continue
            show(record)
            shown += 1
            if shown == at_most:
                return


def _json_lines(stream: Stream) -> Callable[[Record], None]:
    def show(record: Record) -> None:
        sys.stdout.buffer.write(render_json(stream, record) + b"\n")
        sys.stdout.buffer.flush()

    return show


def _lines(stream: Stream) -> Callable[[Record], None]:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)

    def show(record: Record) -> None:
        console.print(render(stream, record))

    return show


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command("tail")(run)
