"""`streamseg rules dates`: which dates contacts have told, and which of them a form may have."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from streamseg.cli._files import merged_lines, reader_may_leave
from streamseg.cli._options import Bootstrap, FromFile, JsonLines
from streamseg.cli._rules import load_or_exit
from streamseg.cli._running import run_plainly
from streamseg.core.date_tally import DateTally
from streamseg.core.errors import StreamsegError
from streamseg.core.segments.rule_set import RuleSet
from streamseg.environment import load_settings

RuleFile = Annotated[Path, typer.Argument(metavar="FILE", help="The rule file.")]


def run(
    file: RuleFile,
    from_file: FromFile = None,
    as_json: JsonLines = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show, for each attribute that the rules read as a date, the most frequent date and its share.

    If far too many contacts have the same date, a form fills it in by default: name it in `ignore`.
    The command counts the contacts in the changelogs. It changes nothing.
    """
    rules = load_or_exit(file)
    if not rules.dated:
        raise StreamsegError(f"{file} reads no attribute as a date")
    tally = DateTally(rules)
    if from_file:
        _of_files(rules, from_file, tally)
    else:
        _of_changelogs(rules, bootstrap, tally)
    _show(tally, as_json=as_json)


def _of_files(rules: RuleSet, files: list[str], tally: DateTally) -> None:
    from streamseg.replay.past import events_until, played

    with ExitStack() as stack:
        events = events_until(merged_lines(files, stack), None)
        played(rules, events, None, 0).tally_dates(tally)


def _of_changelogs(rules: RuleSet, bootstrap: str | None, tally: DateTally) -> None:
    from streamseg.cli._progress import ReadingProgress
    from streamseg.stream.previewing import look_at_contacts
    from streamseg.stream.scanning import Scan

    settings = load_settings(bootstrap=bootstrap)
    scan = Scan(settings, None, ReadingProgress())
    looking = look_at_contacts(settings, rules, lambda core: core.tally_dates(tally), scan)
    run_plainly(settings, looking)


def _show(tally: DateTally, *, as_json: bool) -> None:
    from streamseg.explain.dates import date_answer, date_lines

    with reader_may_leave():
        for one in tally.commonest():
            lines = [json.dumps(date_answer(one))] if as_json else date_lines(one)
            typer.echo("\n".join(lines))


def register(group: typer.Typer) -> None:
    """Add the command to those about rules."""
    group.command("dates")(run)
