"""Drives the engine and the reference over the same events, and shows where they part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from streamseg.replay.inprocess import ReplayResult, run_replay
from tests.reference import Line, expected

Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A rule file, events in their order of arrival, and how they are replayed."""

    rules: Record
    events: Sequence[Record]
    until: int
    lateness: str = "0s"

    def __repr__(self) -> str:
        events = "\n".join(str(event) for event in self.events)
        return f"until {self.until}, lateness {self.lateness}\n{rules_yaml(self.rules)}\n{events}\n"


@dataclass(frozen=True)
class Told:
    """The triggers and the suppressed triggers, in the order of emission."""

    triggers: list[Line]
    decisions: list[Line]

    def of(self, contact: str) -> "Told":
        """What was told of one contact."""
        return Told(
            [line for line in self.triggers if line.contact == contact],
            [line for line in self.decisions if line.contact == contact],
        )

    def whenever_emitted(self) -> list[Line]:
        """Which triggers fired, were cancelled and were held back, without when they were told."""
        return sorted(
            (line._replace(emitted_at="") for line in [*self.triggers, *self.decisions]),
            key=repr,
        )


def rules_yaml(rules: Record) -> str:
    return yaml.safe_dump(rules, sort_keys=False, default_flow_style=None, width=100)


def replay(case: Case, restart_every: int | None = None) -> ReplayResult:
    """The engine's output, whole."""
    result = run_replay(
        rules_yaml(case.rules),
        list(case.events),
        until=case.until,
        lateness=case.lateness,
        restart_every=restart_every,
    )
    assert not result.dlq
    return result


def line_of(told: Record) -> Line:
    names = ("type", "segment", "contact", "key", "rung", "entered_at", "emitted_at", "anchor")
    return Line(**{name: told[name] for name in names}, reason=told.get("reason"))


def told_by_engine(case: Case) -> Told:
    result = replay(case)
    return Told([line_of(t) for t in result.triggers], [line_of(d) for d in result.decisions])


def told_by_reference(case: Case) -> Told:
    return Told(*expected(case.rules, case.events, until=case.until, lateness=case.lateness))
