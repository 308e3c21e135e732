"""`streamseg config`: every setting with its value and where that comes from; a file to fill in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from streamseg.core.values.timestamps import format_duration
from streamseg.environment import load_settings, origin, variables
from streamseg.settings import Settings


def _plain(value: Any) -> Any:
    """A value that JSON can hold, secrets masked."""
    if isinstance(value, SecretStr):
        return "********"
    return str(value) if isinstance(value, Path) else value


def _text(field: str, value: Any) -> str:
    if value is None:
        return "-"
    return f"{value}ms" if _is_ms(field) else str(value)


def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show every setting: its variable, value, source (default, env or .env) and meaning."""
    settings = load_settings()
    rows = [
        {
            "variable": variables(field)[0],
            "field": field,
            "value": _plain(getattr(settings, field)),
            "source": origin(field),
            "description": info.description,
        }
        for field, info in Settings.model_fields.items()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    shown = [
        (str(row["variable"]), _text(str(row["field"]), row["value"]), str(row["source"]), row)
        for row in rows
    ]
    widths = [max(len(row[column]) for row in shown) for column in range(3)]
    for variable, value, source, row in shown:
        cells = (variable.ljust(widths[0]), value.ljust(widths[1]), source.ljust(widths[2]))
        typer.echo(f"{'  '.join(cells)}  {row['description']}")


def example() -> None:
    """Print a file of all settings with their defaults, as comments: .env, or worker.env."""
    typer.echo("# Settings of Streamseg. Take the # from the lines that you change.")
    for field, info in Settings.model_fields.items():
        default = info.default
        written = "" if default is None else _duration(default) if _is_ms(field) else str(default)
        typer.echo(f"\n# {info.description}\n#{variables(field)[0]}={written}")


def _is_ms(field: str) -> bool:
    return field.endswith("_ms")


def _duration(duration: int) -> str:
    return format_duration(duration) if duration else "0s"


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(no_args_is_help=True, help="Settings: show, example.")
    commands.command("show")(show)
    commands.command("example")(example)
    app.add_typer(commands, name="config")
