"""`streamseg replay`: the same rules on files of events, without Kafka."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from streamseg.cli._rules import load_or_exit
from streamseg.core.errors import StreamsegError
from streamseg.core.timestamps import EARLIEST_MS, LATEST_MS, parse_duration, parse_time
from streamseg.replay.reading import merge, read_lines
from streamseg.replay.running import Write, run


def _instant(text: str) -> int:
    try:
        if text.lstrip("-").isdigit() and EARLIEST_MS <= int(text) <= LATEST_MS:
            return int(text)
        return parse_time(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _output(path: Path | None, stack: ExitStack) -> BinaryIO | None:
    if path is None:
        return None
    if str(path) == "-":
        return sys.stdout.buffer
    try:
        return stack.enter_context(path.open("wb"))
    except OSError as error:
        raise StreamsegError(f"{path} cannot be written: {error.strerror}") from None


def _input(name: str, stack: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        if Path(name).is_dir():
            raise IsADirectoryError(21, "Is a directory")
        return stack.enter_context(Path(name).open("rb"))
    except OSError as error:
        raise StreamsegError(f"{name} cannot be read: {error.strerror}") from None


def replay(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="NDJSON of events; - for standard input.")
    ],
    rules: Annotated[Path, typer.Option(help="The rule file.")],
    until: Annotated[
        int | None,
        typer.Option(
            parser=_instant,
            metavar="TIME",
            help="Advance to this time (RFC 3339 or ms) after the last event.",
        ),
    ] = None,
    lateness: Annotated[
        int,
        typer.Option(parser=_duration, metavar="D", help="How long time-driven entries wait."),
    ] = "0s",  # type: ignore[assignment]
    out: Annotated[
        Path | None, typer.Option(metavar="F", help="Triggers (standard output).")
    ] = None,
    membership: Annotated[
        Path | None, typer.Option(metavar="F", help="Entries and exits of segments.")
    ] = None,
    decisions: Annotated[
        Path | None, typer.Option(metavar="F", help="Triggers that were held back, and why.")
    ] = None,
    dlq: Annotated[
        Path | None, typer.Option(metavar="F", help="Records that were refused, and why.")
    ] = None,
    restart_every: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Write out and reload the state after each N events."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a record was refused.")
    ] = False,
) -> None:
    """Replay files of events under a rule file; triggers go to standard output.

    The same input gives the same bytes. Exit codes: 0; 1 bad rules, unreadable files, and with
    --strict refused records; 2 wrong usage.
    """
    compiled = load_or_exit(rules)
    with ExitStack() as stack:
        sources = [
            read_lines(_input(name, stack), name, f"{place}:" if len(files) > 1 else "")
            for place, name in enumerate(files, start=1)
        ]
        named = {"triggers": out, "membership": membership, "decisions": decisions, "dlq": dlq}
        writes: dict[str, Write] = {"triggers": sys.stdout.buffer.write}
        for name, path in named.items():
            file = _output(path, stack)
            if file is not None:
                writes[name] = file.write
        refused = run(
            compiled,
            merge(sources),
            writes,
            until=until,
            lateness=lateness,
            restart_every=restart_every,
        )
        sys.stdout.flush()
    if refused:
        count = refused.total()
        each = ", ".join(f"{code} {number}" for code, number in sorted(refused.items()))
        typer.echo(f"{count} {'record' if count == 1 else 'records'} refused: {each}", err=True)
        if strict:
            raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
