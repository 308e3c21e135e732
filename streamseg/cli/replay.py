"""`streamseg replay`: the same rules on files of events, without Kafka."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from streamseg.cli._files import (
    STANDARD_STREAM,
    check_outputs,
    merged_lines,
    open_output,
    reader_may_leave,
)
from streamseg.cli._refused import tell_ignored, tell_refused
from streamseg.cli._rules import load_or_exit
from streamseg.cli._tables import tables_of
from streamseg.cli._times import duration, instant
from streamseg.core.events import Event
from streamseg.core.vocabulary import Ignored
from streamseg.replay.reading import Line
from streamseg.replay.running import Refusals, run

Files = Annotated[
    list[str], typer.Argument(metavar="FILE", help="NDJSON of events; - for standard input.")
]
Rules = Annotated[Path, typer.Option(help="The rule file.")]
Until = Annotated[
    int | None,
    typer.Option(
        parser=instant,
        metavar="TIME",
        help="After the last event, advance the time to this instant (RFC 3339, or ms since 1970).",
    ),
]
Lateness = Annotated[
    int,
    typer.Option(
        parser=duration, metavar="D", help="How long time-driven entries wait for late events."
    ),
]
Out = Annotated[
    Path | None, typer.Option(metavar="F", help="File for triggers (default: standard output).")
]
Membership = Annotated[
    Path | None, typer.Option(metavar="F", help="File for entries and exits of segments.")
]
Decisions = Annotated[
    Path | None,
    typer.Option(metavar="F", help="File for triggers that were held back, with the reason."),
]
Dlq = Annotated[
    Path | None,
    typer.Option(metavar="F", help="File for records that were refused, with the reason."),
]
Stats = Annotated[
    Path | None,
    typer.Option(metavar="F", help="File for what was counted, written at the end of the replay."),
]
Alerts = Annotated[
    Path | None, typer.Option(metavar="F", help="File for alerts that were raised and cleared.")
]
RestartEvery = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Write out and reload the whole state after every N events."
    ),
]
Tables = Annotated[
    Path | None,
    typer.Option(
        metavar="F",
        help="Use these quantile tables, which workers made (`tables export`), and make none.",
    ),
]
Contact = Annotated[
    str | None,
    typer.Option(
        metavar="ID", help="Write only the output for this contact; all events are still read."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if a record was refused.")]


def replay(
    files: Files,
    rules: Rules,
    until: Until = None,
    lateness: Lateness = "0s",  # type: ignore[assignment]
    out: Out = None,
    membership: Membership = None,
    decisions: Decisions = None,
    dlq: Dlq = None,
    stats: Stats = None,
    alerts: Alerts = None,
    tables: Tables = None,
    restart_every: RestartEvery = None,
    contact: Contact = None,
    strict: Strict = False,
) -> None:
    """Replay files of events under a rule file; write triggers to standard output.

    The same input gives the same bytes. Exit codes: 0; 1 for bad rules, unreadable files and, with
    --strict, refused records; 2 for wrong usage.
    """
    compiled = load_or_exit(rules)
    given = None if tables is None else tables_of(tables)
    written = _asked_for(
        triggers=out or Path(STANDARD_STREAM), membership=membership, decisions=decisions, dlq=dlq,
        stats=stats, alerts=alerts,
    )  # fmt: skip
    ignored: Ignored = {}
    seen = Counter[str]()
    with reader_may_leave(), ExitStack() as stack:
        lines = merged_lines(files, stack, ignored)
        check_outputs(_by_option(written), _inputs(rules, files, tables))
        refusals = run(
            compiled,
            lines if contact is None else _noting(lines, contact, seen),
            {name: open_output(path, stack).write for name, path in written.items()},
            until=until,
            lateness=lateness,
            restart_every=restart_every,
            contact=contact,
            tables=given,
        )
    _tell_unused(contact, seen, ignored)
    _tell(refusals, with_first=dlq is None, strict=strict)


def _asked_for(**outputs: Path | None) -> dict[str, Path]:
    """The outputs of which it was said where they go."""
    return {name: path for name, path in outputs.items() if path is not None}


def _by_option(written: dict[str, Path]) -> dict[str, Path]:
    """The outputs by the options that name their files."""
    return {"--out" if name == "triggers" else f"--{name}": path for name, path in written.items()}


def _inputs(rules: Path, files: list[str], tables: Path | None) -> list[Path]:
    """The files that are read: no output may overwrite one."""
    return [rules, *map(Path, files), *([] if tables is None else [tables])]


def _noting(lines: Iterable[Line], contact: str, seen: Counter[str]) -> Iterator[Line]:
    """The lines; how many events of a contact were among them is counted in ``seen``."""
    for line in lines:
        if type(line.event) is Event and line.event.contact == contact:
            seen[contact] += 1
        yield line


def _tell_unused(contact: str | None, seen: Counter[str], ignored: Ignored) -> None:
    """Say that a contact had no event, where one was asked for, and what of events was ignored."""
    if contact is not None and not seen[contact]:
        typer.echo(f"no event of contact {contact!r} was read", err=True)
    tell_ignored(ignored)


def _tell(refusals: Refusals, *, with_first: bool, strict: bool) -> None:
    """Say how many records were refused, if any were, and where one of them is; exit with 1 then,
    where that is ``strict``.
    """
    if refusals.first is None:
        return
    tell_refused(refusals.by_code)
    first = refusals.first
    if with_first and first.refused is not None:
        place = f"{first.file}:{first.line}"
        typer.echo(
            f"the first is {place}: {first.refused.message}; --dlq F writes all of them to F",
            err=True,
        )
    if strict:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
