"""`streamseg worker`: events in Kafka become triggers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streamseg.environment import load_settings


def worker(
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The rules; else STREAMSEG_RULES.")
    ] = None,
    bootstrap: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Address of Kafka (default: STREAMSEG_BOOTSTRAP)."),
    ] = None,
    web_port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            help="Port of /metrics, /healthz and /readyz; 0 for any free one; "
            "else STREAMSEG_WEB_PORT.",
        ),
    ] = None,
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss",
            help="Go on although records or state were deleted: a worker without this says what is "
            "gone, and ends. For one start.",
        ),
    ] = False,
) -> None:
    """Run a worker until it is stopped (SIGTERM or Ctrl-C); several share the partitions.

    All settings are read from STREAMSEG_* variables; `streamseg config show` lists them. The same
    app runs under Faust's own command line: `faust -A streamseg.stream.app worker`.

    Exit codes: 0 when it was stopped; 1 when settings, rules or topics do not fit, when
    records or state are gone, or when the engine failed on a record.
    """
    settings = load_settings(
        rules=rules, bootstrap=bootstrap, web_port=web_port, accept_loss=accept_loss or None
    )
    from streamseg.stream.app import run_worker

    run_worker(settings)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(worker)
