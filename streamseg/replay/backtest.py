"""Rules tested on sample events, in a process of its own: `python -m streamseg.replay.backtest`.

Standard input has a JSON object with `yaml` (the rules), `events` (one JSON object a line),
`after` (ms that time goes on behind the last event), and the `folder` that the rules are as if they
lay in; standard output gets what they would tell.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, Final

import msgspec

from streamseg.core.messages.outcomes import CANCELLED, FIRED, SUPPRESSED
from streamseg.replay.reading import Line, merge, read_lines
from streamseg.replay.running import run
from streamseg.rules import parse_rules
from streamseg.rules.problems import RuleErrors

MOST_TOLD: Final = 200
_NICE: Final = 10


class Asked(msgspec.Struct):
    """Rules, events and how long time goes on, in ms; the folder of the rules."""

    yaml: str
    events: str
    after: int
    folder: str = "."


class Refusal(msgspec.Struct):
    """A line that was refused; `line` counts from 1."""

    line: int
    code: str
    message: str


class Tested(msgspec.Struct):
    """What rules would tell: triggers and decisions, the first of them, and how many of each.

    `refused` counts lines by code. `rule_error` is the first error of the rules, if there is one.
    """

    told: list[dict[str, Any]] = []
    fired: int = 0
    cancelled: int = 0
    held_back: int = 0
    refused: dict[str, int] = {}
    first_refused: Refusal | None = None
    rule_error: str | None = None


def backtest(asked: Asked) -> Tested:
    """Replay the events under the rules."""
    tested = Tested()

    def tell(line: bytes) -> None:
        told = msgspec.json.decode(line)
        if told["type"] not in (FIRED, CANCELLED, SUPPRESSED):
            return  # that a trigger was put off, or what became of a contact
        if told["type"] == FIRED:
            tested.fired += 1
        elif told["type"] == CANCELLED:
            tested.cancelled += 1
        else:
            tested.held_back += 1
        if len(tested.told) < MOST_TOLD:
            tested.told.append(told)

    try:
        rules = parse_rules(asked.yaml, is_confined=True)
    except RuleErrors as errors:
        return Tested(rule_error=str(errors.errors[0]))
    lines = list(merge([read_lines(io.BytesIO(asked.events.encode()), "events", "")]))
    reaches = [line.event.reaches for line in lines if line.event is not None]
    until = max(reaches) + asked.after if reaches else None
    refusals = run(rules, lines, {"triggers": tell, "decisions": tell}, until=until)
    tested.refused = dict(refusals.by_code)
    tested.first_refused = _refusal(refusals.first)
    return tested


def _refusal(line: Line | None) -> Refusal | None:
    if line is None or line.refused is None:
        return None
    return Refusal(line.line, line.refused.code, line.refused.message)


def main() -> None:
    """Test what standard input asks for."""
    with suppress(OSError):
        os.nice(_NICE)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    with suppress(OSError):
        os.chdir(asked.folder)
    sys.stdout.buffer.write(msgspec.json.encode(backtest(asked)))


if __name__ == "__main__":
    main()
