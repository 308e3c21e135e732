"""Drives the engine and the reference over the same events, and shows where they part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from streamseg.core.events import Event, ProductEvent
from streamseg.core.values.timestamps import format_time
from tests.reference import Change, Line, expected
from tests.replaying import ReplayResult, run_replay

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
    """Triggers, suppressed triggers and changes of membership, in the order of emission."""

    triggers: list[Line]
    decisions: list[Line]
    membership: list[Change]

    def of(self, contact: str) -> "Told":
        """What was told of one contact."""
        return Told(
            [line for line in self.triggers if line.contact == contact],
            [line for line in self.decisions if line.contact == contact],
            [line for line in self.membership if line.contact == contact],
        )

    def whenever_emitted(self) -> list[Line | Change]:
        """What fired, was cancelled and was held back, who entered and exited, without when that
        was told.
        """
        told = [*self.triggers, *self.decisions, *self.membership]
        return sorted((line._replace(emitted_at="") for line in told), key=repr)


def record_of(event: Event | ProductEvent) -> Record:
    """An event as a file has it."""
    whose = {"contact": event.contact} if isinstance(event, Event) else {"product": event.product}
    return whose | {
        "id": event.id,
        "type": event.type,
        "time": format_time(event.time),
        "data": event.data,
    }


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


NAMES = ("type", "segment", "contact", "key", "rung", "entered_at", "emitted_at", "anchor")


def line_of(told: Record) -> Line:
    more = {name: told.get(name) for name in ("reason", "released_at", "variant", "by", "until")}
    allowed = None if "allowed" not in told else tuple(told["allowed"])
    return Line(**{name: told[name] for name in NAMES}, **more, allowed=allowed)


def change_of(told: Record) -> Change:
    names = (*NAMES, "cause")
    return Change(**{name: told[name] for name in names}, exited_at=told.get("exited_at"))


def told_by_engine(case: Case) -> Told:
    result = replay(case)
    return Told(
        [line_of(told) for told in result.triggers if is_of_segment(told)],
        [line_of(told) for told in result.decisions if is_of_segment(told)],
        [change_of(told) for told in result.membership if is_of_segment(told)],
    )


def is_of_segment(told: Record) -> bool:
    """Whether it is of a contact and a segment, and not of what became of a contact."""
    return "segment" in told


def told_by_reference(case: Case) -> Told:
    return Told(*expected(case.rules, case.events, until=case.until, lateness=case.lateness))


def is_as_by_the_reference(case: Case) -> None:
    """Fail where the engine tells something else: triggers in their order, the rest in any."""
    engine, reference = told_by_engine(case), told_by_reference(case)
    assert engine.triggers == reference.triggers
    assert sorted(engine.decisions, key=repr) == sorted(reference.decisions, key=repr)
    assert sorted(engine.membership, key=repr) == sorted(reference.membership, key=repr)
