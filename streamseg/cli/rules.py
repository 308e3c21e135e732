"""`streamseg rules`: what can be said of a rule file without running it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from streamseg.cli._rules import load_or_exit
from streamseg.rules.schema import rules_schema

group = typer.Typer(no_args_is_help=True, help="Check rule files.")


@group.command()
def check(file: Annotated[Path, typer.Argument(help="The rule file.")]) -> None:
    """Print ok, or every error with its file, line and column (exit code 1)."""
    load_or_exit(file, errors_to_stderr=False)
    typer.echo("ok")


@group.command()
def schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    typer.echo(json.dumps(rules_schema(), indent=2, ensure_ascii=False))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(group, name="rules")
