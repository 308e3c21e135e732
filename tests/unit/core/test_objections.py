"""When `privacy.profiling` comes into a rule file, and when it is taken out or altered."""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.contact import Contact
from streamseg.core.messages.outcomes import FIRED
from streamseg.core.peek import Peek
from streamseg.core.segments.rule_set import RuleSet
from streamseg.explain.why import OBJECTS, segment_named, why
from streamseg.rules import parse_rules

from .test_forgetting import DAY, HOUR, Run

SEGMENTS = """
segments:
  - {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}, membership: true}
  - {name: cold, when: {not: {did: order_placed, within: 2d}}, trigger: {}}
  - {name: agreed, when: {attribute: ok, ne: false}}
"""


def rules(path: str | None) -> RuleSet:
    privacy = "" if path is None else f"privacy: {{profiling: {path}}}"
    return parse_rules(f"version: 1\n{privacy}{SEGMENTS}")


def columns(run: Run, contact: str = "k") -> int:
    """How many features are remembered of a contact."""
    return len(Contact.decode(contact.encode(), run.log[b"c" + contact.encode()]).features)


class Told(Run):
    """Tells what is told, too."""

    def __init__(self, first: RuleSet) -> None:
        self.told: list[tuple[str, str]] = []
        super().__init__(first)

    def commit(self) -> list[Any]:
        outcomes = super().commit()
        self.told += [
            (one.segment, getattr(one, "cause", None) or one.type)
            for one in outcomes
            if one.type in (FIRED, "segment.exited")
        ]
        return outcomes


def ordered_twice(run: Run) -> None:
    run.tell("order_placed", "k", 0, order="1")
    run.tell("order_placed", "k", HOUR, order="2")


def test_who_said_no_before_objects_as_soon_as_the_rules_ask() -> None:
    run = Told(rules(None))
    ordered_twice(run)
    run.tell("contact_updated", "k", 2 * HOUR, ok=False)
    assert run.told == [("twice", FIRED)]
    run.under(rules("ok"))
    run.to(3 * HOUR)
    assert run.told[1:] == [("twice", "objected")]
    assert columns(run) == 1
    assert run.to(10 * DAY) == {"k"}
    assert len(run.told) == 2


def test_without_the_rule_contacts_are_known_from_then_on() -> None:
    for path in (None, "other"):
        run = Told(rules("ok"))
        ordered_twice(run)
        run.tell("contact_updated", "k", 2 * HOUR, ok=False)
        run.tell("order_placed", "k", 3 * HOUR, order="3")
        assert columns(run) == 1
        run.under(rules(path))
        run.to(DAY)
        told = len(run.told)
        run.to(3 * DAY - 1)
        assert len(run.told) == told  # a silence that is not known is none
        run.to(3 * DAY)
        assert run.told[told:] == [("cold", FIRED)]


def test_a_rule_that_comes_changes_nothing_for_who_objects() -> None:
    run = Told(rules("ok"))
    ordered_twice(run)
    run.tell("contact_updated", "k", 2 * HOUR, ok=False)
    told = len(run.told)
    more = SEGMENTS + "  - {name: new, when: {not: {did: searched}}, membership: true}\n"
    run.under(parse_rules(f"version: 1\nprivacy: {{profiling: ok}}{more}"))
    run.to(10 * DAY)
    assert len(run.told) == told
    assert columns(run) == 1


def test_why_not_says_that_they_object() -> None:
    run = Told(rules("ok"))
    ordered_twice(run)
    run.tell("contact_updated", "k", 2 * HOUR, ok=False)

    def look() -> Peek:
        peek = run.partition.peek("k", 2 * HOUR)
        assert peek is not None
        return peek

    for name in ("twice", "cold"):
        answer = why(look, segment_named(look().rules, name), None, 0)
        assert (answer.truth, answer.notes) == ("false", [OBJECTS])


def test_a_late_objection_that_was_taken_back_since_holds_no_more() -> None:
    run = Told(rules("ok"))
    run.tell("contact_updated", "k", 2 * HOUR, ok=True)
    run.tell("contact_updated", "k", HOUR, ok=False)
    run.tell("order_placed", "k", 3 * HOUR, order="1")
    assert columns(run) == 2
