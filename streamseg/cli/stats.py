"""`streamseg stats`: the size of segments, their triggers, and the conversions that followed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from streamseg.cli._options import Bootstrap, JsonLines
from streamseg.cli._running import run_plainly
from streamseg.core.segments.derived import CUSTOMERS
from streamseg.environment import load_settings

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from streamseg.kpis.summing import Summary

_WIDEST: Final = 1_000  # columns

Segment = Annotated[
    list[str] | None, typer.Option("--segment", metavar="NAME", help="Only this one; repeatable.")
]
Since = Annotated[
    str, typer.Option(metavar="D", help="From this day on (2026-11-01), or so many days (30d).")
]


def run(
    segment: Segment = None,
    since: Since = "30d",
    as_json: JsonLines = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show what the workers counted: size, entries, exits, triggers, conversions and lift of each
    segment; below, if the rules ask for them, retention by month, moves between life cycle stages,
    and the most viewed products.

    Workers count if the rules have `value: {kpis: …}`. The figures are at most a minute old, views
    of products (`value: {most_viewed: …}`) at most an hour. `converted` is the rate of exposures
    that have ended, `so far` that of exposures still open.
    """
    from streamseg.cli._files import reader_may_leave
    from streamseg.kpis.reading import read_latest
    from streamseg.kpis.showing import parse_since
    from streamseg.kpis.summing import summed

    try:
        first = parse_since(since)
    except ValueError:
        what = f"{since!r} is neither a day such as 2026-11-01 nor a number of days such as 30d"
        raise typer.BadParameter(what, param_hint="--since") from None
    settings = load_settings(bootstrap=bootstrap)
    summary = summed(run_plainly(settings, read_latest(settings)))
    names = _chosen(summary, segment)
    now = int(time.time() * 1000)
    with reader_may_leave():
        if as_json:
            _print_json(summary, names, now, first, is_whole=not segment)
        else:
            print_tables(summary, names, now, first, is_whole=not segment)


def _chosen(summary: Summary, asked: list[str] | None) -> list[str]:
    names = sorted({*summary.segments} - {CUSTOMERS})
    if not names and (asked or not summary.views):
        what = (
            "nothing is counted yet: workers tell once a minute, where their rules ask for it by "
            "`value: {kpis: …}`"
        )
        typer.echo(what, err=True)
        raise typer.Exit(1)
    missing = [name for name in asked or () if name not in names]
    if missing:
        what = f"nothing is counted of {', '.join(missing)}; there are: {', '.join(names)}"
        typer.echo(what, err=True)
        raise typer.Exit(1)
    return asked or names


def _print_json(
    summary: Summary, names: list[str], now: int, since: date | int, *, is_whole: bool
) -> None:
    from streamseg.kpis.matrices import churn_since, moves_since
    from streamseg.kpis.most_viewed import ranking
    from streamseg.kpis.showing import first_day, to_json

    for name in names:
        typer.echo(json.dumps(to_json(summary.segments[name], now, since)))
    if not is_whole:
        return
    for month, contacts in sorted(summary.cohorts.items()):
        typer.echo(json.dumps({"cohort": month, "contacts": contacts}))
    if summary.moves:
        day = first_day(summary, now, since)
        told = {"since": day, "lifecycle": moves_since(summary, day)}
        if (churn := churn_since(summary, day)) is not None:
            told["churn"] = {**churn._asdict(), "rate": churn.rate}
        typer.echo(json.dumps(told))
    for one in ranking(summary.views, now).viewed:
        typer.echo(json.dumps(one.as_json()))


def print_tables(
    summary: Summary, names: list[str], now: int, since: date | int, *, is_whole: bool
) -> None:
    """Print tables as wide as they are: where that is too narrow, a wrapped line still has all."""
    from rich.console import Console

    from streamseg.kpis.matrices import (
        churn_since,
        churn_text,
        lifecycle_table,
        moves_since,
        retention_table,
    )
    from streamseg.kpis.member_sums import member_sums_table
    from streamseg.kpis.showing import first_day, table

    console = Console(highlight=False, soft_wrap=True, width=_WIDEST)
    if names:
        console.print(table(summary, names, now, since))
    if (sums := member_sums_table(summary, names)) is not None:
        console.print("\nmembers as they were counted, what their orders are expected to be worth")
        console.print(sums)
    if is_whole and summary.cohorts:
        console.print("\nordered again so many months after the first order")
        console.print(retention_table(summary.cohorts))
    if is_whole and summary.moves:
        day = first_day(summary, now, since)
        console.print(f"\nmoved from one stage of life to another since {day}")
        console.print(lifecycle_table(moves_since(summary, day)))
        if (churn := churn_since(summary, day)) is not None:
            console.print(f"churn since {day}: {churn_text(churn)}")
    if is_whole and summary.views:
        _print_viewed(console, summary, now)


def _print_viewed(console: Console, summary: Summary, now: int) -> None:
    from streamseg.kpis.most_viewed import ranking, viewed_table

    found = ranking(summary.views, now)
    about = ", about" if found.is_approximate else ""
    console.print(f"\nmost viewed products, by all contacts together{about}")
    console.print(viewed_table(found))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stats")(run)
