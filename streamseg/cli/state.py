"""`streamseg state export|import`: moves state to another installation."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from streamseg.cli._options import Bootstrap
from streamseg.cli._running import run_plainly
from streamseg.environment import load_settings


def export(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where to; - is standard output.")
    ] = Path("-"),
    bootstrap: Bootstrap = None,
) -> None:
    """Write the state as NDJSON: one contact a line, by feature, segment and rung.

    The workers must be stopped, and must have read all input records. Changes nothing.
    """
    from streamseg.cli._files import open_output, reader_may_leave
    from streamseg.state.transfer import export as carry_out

    settings = load_settings(bootstrap=bootstrap)
    with reader_may_leave(), ExitStack() as stack:
        output = open_output(out, stack)
        run_plainly(settings, carry_out(settings, output.write))


def bring_in(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What `export` wrote; - is standard input.")
    ],
    from_beginning: Annotated[
        bool,
        typer.Option(
            "--from-beginning",
            help="Workers read the inputs from their first records, not from their ends as of now.",
        ),
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Write a document of `export` into an installation without state, with any number of
    partitions.

    The installation may have other rules: contacts are brought to them, as after any rule change.
    """
    from streamseg.cli._files import open_input
    from streamseg.state.transfer import import_

    settings = load_settings(bootstrap=bootstrap)
    with ExitStack() as stack:
        lines = open_input(file, stack)
        run_plainly(settings, import_(settings, lines, from_beginning=from_beginning))


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(no_args_is_help=True, help="What is remembered: export, import.")
    commands.command("export")(export)
    commands.command("import")(bring_in)
    app.add_typer(commands, name="state")
