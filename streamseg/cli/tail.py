"""`streamseg tail`: records that Streamseg reads and writes, as they are committed."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from streamseg.cli._ids import check_id
from streamseg.cli._options import Bootstrap, JsonLines
from streamseg.formats.naming import Naming
from streamseg.tail.choosing import OF_SEGMENTS, Choice
from streamseg.tail.inputs import InputForm
from streamseg.tail.rendering import INPUTS, Stream, render, render_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.text import Text

    from streamseg.settings import Settings
    from streamseg.tail.reading import Record

Followed = Annotated[Stream, typer.Argument(metavar="STREAM", help="What to follow.")]
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


def run(
    stream: Followed = Stream.TRIGGERS,
    as_json: JsonLines = False,
    from_beginning: FromBeginning = False,
    until_idle: UntilIdle = None,
    at_most: Max = None,
    contact: Contact = None,
    segment: Segment = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Follow triggers, membership, decisions, dead letters, events or products until Ctrl-C.

    Shows committed records only, one line each; times are in UTC. With --json, events and products
    have `received`, the time at which Kafka got them: a replay of such a file gives the same
    triggers as the worker.
    """
    from streamseg.cli._files import reader_may_leave, standard_output
    from streamseg.cli._running import run_until_stopped
    from streamseg.environment import load_settings

    if segment is not None and stream not in OF_SEGMENTS:
        what = f"{stream} is of no segment; --segment goes with {', '.join(OF_SEGMENTS)}"
        raise typer.BadParameter(what, param_hint="--segment")
    if contact is not None and stream is Stream.PRODUCTS:
        raise typer.BadParameter("products are of no contact", param_hint="--contact")
    if contact is not None:
        check_id(contact)
    standard_output()  # to be told before Kafka is asked
    settings = load_settings(bootstrap=bootstrap)
    form = None
    if stream in INPUTS:
        form = InputForm(stream is Stream.PRODUCTS, settings.partitioner == "any")
    naming = Naming(key=settings.pseudonym_key)
    names = None if contact is None else naming.all_of(contact)
    choice, show = Choice(names, segment), _shown(stream, form, as_json)
    with reader_may_leave():
        run_until_stopped(
            _follow(settings, stream, form, from_beginning, until_idle, at_most, choice, show),
            while_read=True,
        )


async def _follow(
    settings: Settings,
    stream: Stream,
    form: InputForm | None,
    from_beginning: bool,
    until_idle_s: float | None,
    at_most: int | None,
    choice: Choice,
    show: Callable[[Record], None],
) -> None:
    from contextlib import aclosing

    from streamseg.tail.reading import follow

    order = {} if form is None else {"arrival": form.arrival}
    records = follow(
        settings.connection(),
        settings.topic(stream),
        from_beginning=from_beginning,
        until_idle_s=until_idle_s,
        **order,
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


def _shown(stream: Stream, form: InputForm | None, as_json: bool) -> Callable[[Record], None]:
    if form is not None:
        return _json_lines(form.json) if as_json else _lines(form.text)
    if as_json:
        return _json_lines(partial(render_json, stream))
    return _lines(partial(render, stream))


def _json_lines(form: Callable[[Record], bytes]) -> Callable[[Record], None]:
    def show(record: Record) -> None:
        sys.stdout.buffer.write(form(record) + b"\n")
        sys.stdout.buffer.flush()

    return show


def _lines(form: Callable[[Record], Text]) -> Callable[[Record], None]:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)

    def show(record: Record) -> None:
        console.print(form(record))

    return show


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command("tail")(run)
