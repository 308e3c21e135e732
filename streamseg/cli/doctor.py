"""`streamseg doctor`: what is wrong with an installation on Kafka, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from streamseg.cli._options import Bootstrap

if TYPE_CHECKING:
    from streamseg.settings import Settings

Abort = Annotated[
    bool,
    typer.Option("--abort", help="End the hanging transactions; see above."),
]


def doctor(bootstrap: Bootstrap = None, abort: Abort = False) -> None:
    """Check the connection to Kafka, the topics, the consumer group and its offsets, and open
    transactions.

    Each line is `ok`, a `note`, or `WRONG` with what to do. Exit code 1 if something is wrong.

    A transaction that no coordinator knows of hangs: it holds up all readers for ever. With --abort
    the command aborts it, and readers skip its records. Run it as a user who may describe all
    transactional ids; otherwise running transactions of other users look as if they hung.
    """
    import asyncio

    from streamseg.environment import load_settings

    if asyncio.run(_examine(load_settings(bootstrap=bootstrap), abort)):
        raise typer.Exit(1)


async def _examine(settings: Settings, abort: bool) -> bool:
    """Prints what is found; True if something is wrong."""
    from streamseg.doctor import examine

    wrong = False
    async for verdict, text in examine(settings, end_hanging=abort):
        wrong |= verdict == "wrong"
        shown = verdict.upper() if verdict == "wrong" else verdict
        typer.echo(f"{shown:<6} {text}")
    return wrong


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(doctor)
