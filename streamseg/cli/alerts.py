"""`streamseg alerts export`: alerts on the sizes of segments, for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streamseg.cli._rules import load_or_exit

Partitions = Annotated[
    int | None,
    typer.Option(
        min=2,
        metavar="N",
        help="How many partitions events and products have together (as in topics.yaml).",
    ),
]


def export(
    rules: Annotated[Path, typer.Option(help="The rule file.")], partitions: Partitions = None
) -> None:
    """Print `value.alerts` of a rule file as alerting rules of Prometheus."""
    from streamseg.observe.segment_alerts import prometheus_rules
    from streamseg.topics import load_catalogue

    counting = load_or_exit(rules).counting
    if counting is None or not counting.alerts:
        typer.echo(f"{rules} has no `alerts` under `value:`", err=True)
        raise typer.Exit(1)
    if partitions is None:
        catalogue = load_catalogue()
        partitions = catalogue["events"].partitions + catalogue["products"].partitions
    typer.echo(prometheus_rules(counting.alerts, partitions), nl=False)


def register(app: typer.Typer) -> None:
    """Add the command."""
    commands = typer.Typer(no_args_is_help=True, help="Alerts on segments.")
    commands.callback()(lambda: None)
    commands.command("export")(export)
    app.add_typer(commands, name="alerts")
