"""How commands load rules: errors one a line, with nothing before their file."""

from __future__ import annotations

from pathlib import Path

import typer

from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import RuleErrors, load_rules


def load_or_exit(path: Path) -> RuleSet:
    """The compiled rules; where they are bad, print every error and exit with 1."""
    try:
        return load_rules(path)
    except RuleErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(1) from None
