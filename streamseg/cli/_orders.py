"""Where `streamseg fit` reads orders: in files, or in Kafka."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from streamseg.cli._files import open_input
from streamseg.cli._running import STOPPED, run_until_stopped
from streamseg.cli._times import duration
from streamseg.core.errors import Refused
from streamseg.core.events import Event
from streamseg.replay.reading import read_lines

if TYPE_CHECKING:
    from streamseg.fit.orders import Orders


def check_source(files: list[str] | None, since: int | None) -> None:
    """Raise BadParameter unless orders come either from files or from Kafka."""
    if files and since is not None:
        message = (
            f"reads Kafka, but files are named, too ({', '.join(files)}): leave out --from to fit "
            "to the files, which are read whole, or the files to fit to the orders in Kafka"
        )
        raise typer.BadParameter(message, param_hint="--from")
    if not files and since is None:
        raise typer.BadParameter("name files of events, or how far back to read Kafka with --from")


def how_far_back(text: str) -> int:
    """A duration; of what looks like a file it is said that `--from` names none."""
    try:
        return duration(text)
    except typer.BadParameter as error:
        if not Path(text).exists():
            raise
        message = f"{error.message}; name files without --from: streamseg fit {text}"
        raise typer.BadParameter(message) from None


def read_files(orders: Orders, files: list[str]) -> None:
    """Take in the orders of files; refused records are counted on standard error."""
    refused = 0
    with ExitStack() as stack:
        for name in files:
            for line in read_lines(open_input(name, stack), name, ""):
                refused += line.refused is not None
                if isinstance(line.event, Event):
                    orders.add(line.event)
    _show_refused(refused)


def read_kafka(orders: Orders, bootstrap: str | None) -> None:
    """Take in the orders that the topic of events has so far."""
    from streamseg.environment import load_settings
    from streamseg.tail.inputs import InputForm
    from streamseg.tail.reading import follow

    settings = load_settings(bootstrap=bootstrap)
    form = InputForm(of_products=False, any_partition=settings.partitioner == "any")

    async def read() -> None:
        refused = 0
        records = follow(
            settings.connection(),
            settings.topic("events"),
            from_beginning=True,
            until_idle_s=0,
            arrival=form.arrival,
        )
        async for record in records:
            try:
                event = form.read(record)
            except Refused:
                refused += 1
                continue
            assert isinstance(event, Event)
            orders.add(event)
        _show_refused(refused)

    if run_until_stopped(read()):
        raise typer.Exit(STOPPED)


def _show_refused(refused: int) -> None:
    if refused:
        typer.echo(f"{refused:,} refused records are left out", err=True)
