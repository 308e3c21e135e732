"""`streamseg tables export`: the quantile tables that workers made, for a replay."""

from __future__ import annotations

from typing import Annotated

import typer

from streamseg.cli._running import run_plainly
from streamseg.environment import load_settings

Bootstrap = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Kafka; else STREAMSEG_BOOTSTRAP.")
]


def export(bootstrap: Bootstrap = None) -> None:
    """Print the quantile tables of `streamseg.tables`, the oldest first, one a line.

    `streamseg replay --tables F` has them hold when they held in the workers.
    """
    from streamseg.cli._files import reader_may_leave
    from streamseg.formats.tables import decode_tables
    from streamseg.kpis.reading import read_latest

    settings = load_settings(bootstrap=bootstrap)
    values = run_plainly(settings, read_latest(settings, "tables"))
    if not values:
        typer.echo("no table was made yet: rules ask for none, or too few are counted", err=True)
        raise typer.Exit(1)
    with reader_may_leave():
        for value in sorted(values, key=lambda one: decode_tables(one).boundary):
            typer.echo(value.decode())


def register(app: typer.Typer) -> None:
    """Add the command."""
    commands = typer.Typer(no_args_is_help=True, help="Tables of quantiles.")
    commands.callback()(lambda: None)
    commands.command("export")(export)
    app.add_typer(commands, name="tables")
