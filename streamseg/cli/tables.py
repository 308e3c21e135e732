"""`streamseg tables`: the quantile tables that workers made, and what the next ones would be."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streamseg.cli._files import merged_lines, reader_may_leave
from streamseg.cli._options import Bootstrap, FromFile, JsonLines, LatenessOfFiles
from streamseg.cli._rules import load_or_exit
from streamseg.cli._running import run_plainly
from streamseg.cli._tables import tables_of
from streamseg.cli._times import instant
from streamseg.core.errors import StreamsegError
from streamseg.core.tables.preview import TablePreview
from streamseg.environment import load_settings

if TYPE_CHECKING:
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.settings import Settings

Rules = Annotated[
    Path | None, typer.Option(metavar="F", help="The rules to go by; else STREAMSEG_RULES.")
]
At = Annotated[
    int | None,
    typer.Option(
        parser=instant, metavar="TIME", help="With --from-file: as of then; else of their end."
    ),
]
Tables = Annotated[
    Path | None,
    typer.Option(metavar="F", help="With --from-file: these hold; else the cuts of the rules do."),
]


def export(bootstrap: Bootstrap = None) -> None:
    """Print the quantile tables of `streamseg.tables`, the oldest first, one a line.

    `streamseg replay --tables F` uses each of them from the instant at which the workers did.
    """
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


def preview(
    rules: Rules = None,
    from_file: FromFile = None,
    at: At = None,
    lateness: LatenessOfFiles = "0s",  # type: ignore[assignment]
    tables: Tables = None,
    as_json: JsonLines = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show the quantile tables that a count of all contacts would make now, and how many contacts
    they would move to other scores.

    Counts the contacts in the changelogs by the given rules, even if no worker runs these yet.
    Changes nothing.
    """
    if not from_file:
        for option, given in (("--at", at), ("--tables", tables)):
            if given is not None:
                raise typer.BadParameter("goes with --from-file", param_hint=option)
        settings = load_settings(bootstrap=bootstrap, rules=rules)
        if settings.rules is None:
            raise StreamsegError("name the rules: --rules F, or STREAMSEG_RULES")
        compiled = _with_tables(settings.rules)
        now = int(time.time() * 1000)
        _show(_of_changelogs(settings, compiled, now), compiled, now, as_json)
        return
    if rules is None:
        raise typer.BadParameter("--from-file needs --rules", param_hint="--rules")
    compiled = _with_tables(rules)
    found, instant_of_it = _of_files(compiled, from_file, at, lateness, tables)
    _show(found, compiled, instant_of_it, as_json)


def _with_tables(path: Path) -> RuleSet:
    """The rules of a file. Raises StreamsegError where they ask for no tables."""
    compiled = load_or_exit(path)
    if not compiled.tabled:
        raise StreamsegError(f"{path} asks for no quantiles, so there are no tables")
    return compiled


def _of_changelogs(settings: Settings, rules: RuleSet, now: int) -> TablePreview:
    from streamseg.cli._progress import ReadingProgress
    from streamseg.stream.previewing import look_at_contacts
    from streamseg.stream.scanning import Scan

    found = _preview_of(rules, now)
    scan = Scan(settings, None, ReadingProgress())
    looking = look_at_contacts(settings, rules, lambda core: core.preview_tables(found), scan)
    run_plainly(settings, looking)
    return found


def _of_files(
    rules: RuleSet, files: list[str], at: int | None, lateness: int, tables: Path | None
) -> tuple[TablePreview, int]:
    from streamseg.replay.past import events_until, played

    given = [] if tables is None else tables_of(tables)
    with ExitStack() as stack:
        events = events_until(merged_lines(files, stack), at)
        partition = played(rules, events, at, lateness, given)
    if not partition.contacts:
        raise StreamsegError("no event of a contact was read by then")
    found = _preview_of(rules, partition.now)
    partition.preview_tables(found)
    return found, partition.now


def _preview_of(rules: RuleSet, at: int) -> TablePreview:
    assert rules.table_terms is not None
    return TablePreview(rules.tabled, rules.table_terms, at)


def _show(found: TablePreview, rules: RuleSet, at: int, as_json: bool) -> None:
    from streamseg.explain.table_preview import preview_answer, preview_lines

    assert rules.table_terms is not None
    with reader_may_leave():
        for one in found.label_previews():
            if as_json:
                sys.stdout.buffer.write(msgspec.json.encode(preview_answer(one, at)) + b"\n")
                continue
            for line in preview_lines(one, rules.table_terms, at):
                typer.echo(line)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = typer.Typer(no_args_is_help=True, help="Tables of quantiles: export, preview.")
    commands.callback()(lambda: None)
    commands.command("export")(export)
    commands.command("preview")(preview)
    app.add_typer(commands, name="tables")
