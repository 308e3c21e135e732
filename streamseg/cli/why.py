"""`streamseg why`: why a contact is in a segment, or is not; now or in the past."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streamseg.cli._files import merged_lines, reader_may_leave
from streamseg.cli._ids import check_id
from streamseg.cli._options import Bootstrap, FromFile, LatenessOfFiles
from streamseg.cli._refused import tell_ignored, tell_refused
from streamseg.cli._rules import load_or_exit
from streamseg.cli._tables import tables_of
from streamseg.cli._times import instant
from streamseg.core.errors import StreamsegError
from streamseg.core.values.timestamps import format_time
from streamseg.explain.answers import ContactAnswer, WhyAnswer
from streamseg.explain.rendering import contact_lines, why_lines
from streamseg.explain.why import NotAskedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.core.vocabulary import Ignored
    from streamseg.explain.past import Past
    from streamseg.replay.reading import Line

MOST_TOLD = 5  # refused records of the contact

Answer = ContactAnswer | WhyAnswer
_encode = msgspec.json.Encoder(decimal_format="number").encode

Contact = Annotated[str, typer.Argument(metavar="CONTACT", help="The contact's id.")]
Segment = Annotated[
    str | None,
    typer.Argument(
        metavar="[SEGMENT]", help="The segment; without it, all segments that the contact is in."
    ),
]
Key = Annotated[str | None, typer.Option(metavar="K", help="The key, for a segment with `per`.")]
At = Annotated[
    int | None,
    typer.Option(
        parser=instant,
        metavar="TIME",
        help="An instant in the past (RFC 3339, or ms since 1970); default: now.",
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        metavar="F", help="The rule file to use if no worker answers (default: STREAMSEG_RULES)."
    ),
]
FromChangelog = Annotated[
    bool,
    typer.Option("--from-changelog", help="Read the state from the changelog, and ask no worker."),
]
Tables = Annotated[
    Path | None,
    typer.Option(metavar="F", help="With --from-file: use these quantile tables, and make none."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as one JSON object.")]


def why(
    contact: Contact,
    segment: Segment = None,
    key: Key = None,
    at: At = None,
    rules: Rules = None,
    from_file: FromFile = None,
    from_changelog: FromChangelog = False,
    lateness: LatenessOfFiles = "0s",  # type: ignore[assignment]
    tables: Tables = None,
    as_json: AsJson = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Explain why a contact is in a segment or not: each condition, what it saw, and what changes
    next.

    The worker that has the contact answers; if none runs, the command reads the changelog. For the
    past (--at) it replays the contact's own events. It changes nothing.
    """
    check_id(contact)
    if tables is not None and not from_file:
        message = "goes with --from-file; else the tables that workers made hold as they did there"
        raise typer.BadParameter(message, param_hint="--tables")
    try:
        if from_file:
            if rules is None:
                raise typer.BadParameter("--from-file needs --rules", param_hint="--rules")
            compiled = load_or_exit(rules)
            past = _by_files(compiled, contact, at, from_file, lateness, tables)
            answer = past.describe() if segment is None else past.why(compiled, segment, key)
        else:
            from streamseg.cli._asking import Question, answer_of

            _check_is_past(at)
            question = Question(contact, segment, key, at, rules, from_changelog, bootstrap)
            answer = asyncio.run(answer_of(question))
    except NotAskedError as error:
        raise StreamsegError(str(error)) from None
    with reader_may_leave():
        _show(answer, as_json)


def _check_is_past(at: int | None) -> None:
    """Raise BadParameter for an instant that is still to come."""
    if at is not None and at > time() * 1000:
        message = f"{format_time(at)} is still to come; without --at, why tells what comes next"
        raise typer.BadParameter(message, param_hint="--at")


def _by_files(
    rules: RuleSet,
    contact: str,
    at: int | None,
    files: list[str],
    lateness: int,
    tables: Path | None,
) -> Past:
    from streamseg.replay.past import past_of_files

    given = None if tables is None else tables_of(tables)
    ignored: Ignored = {}
    refused: list[Line] = []
    try:
        with ExitStack() as stack:
            lines = _noting(merged_lines(files, stack, ignored), refused)
            return past_of_files(rules, lines, contact, at, lateness, given)
    finally:
        _tell_refused(refused, contact)
        tell_ignored(ignored)


def _noting(lines: Iterable[Line], refused: list[Line]) -> Iterator[Line]:
    """The lines; those that were refused are noted."""
    for line in lines:
        if line.refused is not None:
            refused.append(line)
        yield line


def _tell_refused(refused: list[Line], contact: str) -> None:
    """Say how many records were refused, and where those of the contact are, and why."""
    from streamseg.replay.reading import contact_in

    tell_refused(Counter(line.refused.code for line in refused if line.refused))
    of_it = [
        f"{line.file}:{line.line}: {line.refused.code}: {line.refused.message}"
        for line in refused
        if line.refused is not None and contact_in(line.value) == contact
    ]
    if of_it:
        be = "is" if len(of_it) == 1 else "are"
        typer.echo(f"{len(of_it)} of them {be} of {contact}: {of_it[0]}", err=True)
        for one in of_it[1:MOST_TOLD]:
            typer.echo(f"  {one}", err=True)
        if len(of_it) > MOST_TOLD:
            typer.echo(f"  and {len(of_it) - MOST_TOLD} more", err=True)


def _show(answer: Answer, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(_encode(answer) + b"\n")
        return
    lines = why_lines(answer) if isinstance(answer, WhyAnswer) else contact_lines(answer)
    for line in lines:
        typer.echo(line)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)
