"""`streamseg config show`: every setting, its value and where that comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from streamseg.settings import Settings, load_settings, origin, variables


def _plain(value: Any) -> Any:
    """A value that JSON can hold, secrets masked."""
    if isinstance(value, SecretStr):
        return "********"
    return str(value) if isinstance(value, Path) else value


def _text(field: str, value: Any) -> str:
    if value is None:
        return "-"
    return f"{value}ms" if field.endswith("_ms") else str(value)


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


def _group() -> None:
    """Settings: show."""  # without a callback Typer would drop the name of a single command


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(no_args_is_help=True, help="Settings: show.")
    commands.command("show")(show)
    commands.callback()(_group)
    app.add_typer(commands, name="config")
