"""A rule text checked in a process of its own: `python -m streamseg.rules.checking`.

Reading a long file takes seconds of a processor, which a worker's loop does not have. Standard
input has a JSON object with the `yaml` and the `folder` relative to which it names files. The
answer is a JSON object, too: `errors` and `warnings` with line and column, and the names of the
`segments`.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

import msgspec

from streamseg.rules.lint import RuleWarning, warnings_of
from streamseg.rules.loading import parse_rule_text
from streamseg.rules.problems import RuleError, RuleErrors

NAME: Final = "rules.yaml"
_NICE: Final = 10


class Asked(msgspec.Struct):
    """Rules, and the folder relative to which they name files."""

    yaml: str
    folder: str = "."


class Finding(msgspec.Struct):
    """A problem and its place; line and column from 1."""

    line: int
    column: int
    message: str


class Checked(msgspec.Struct):
    """What a check found."""

    errors: list[Finding]
    warnings: list[Finding]
    segments: list[str]


def check(text: str) -> Checked:
    """Check the text of a rule file."""
    try:
        document, rules = parse_rule_text(text, NAME, is_confined=True)
    except RuleErrors as errors:
        return Checked([_finding(one) for one in errors.errors], [], [])
    warnings = [_finding(one) for one in warnings_of(document, rules, NAME)]
    return Checked([], warnings, [segment.name for segment in rules.defined])


def _finding(error: RuleError | RuleWarning) -> Finding:
    return Finding(error.line, error.column, error.message)


def main() -> None:
    """Check standard input; the answer goes to standard output."""
    with suppress(OSError):
        os.nice(_NICE)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    with suppress(OSError):
        os.chdir(asked.folder)
    sys.stdout.buffer.write(msgspec.json.encode(check(asked.yaml)))


if __name__ == "__main__":
    main()
