"""Runs the tests of a rule file: each timeline in an engine of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.errors import Refused
from streamseg.core.events import Event, ProductEvent
from streamseg.core.messages.outcomes import EXITED, Outcome
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.values.predicates import field_at
from streamseg.core.values.timestamps import format_time
from streamseg.core.vocabulary import Ignored
from streamseg.formats.canonical import decode
from streamseg.formats.outbound import encode_value
from streamseg.replay.driver import Driver, Told
from streamseg.rules.problems import RuleError, RuleErrors
from streamseg.rules.timelines import Expected, Timeline, TimelineFile

_MUST_BE_EXPECTED: Final = ("fired", "cancelled")
_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode_json = msgspec.json.Decoder(float_hook=Decimal).decode


class Result(msgspec.Struct, frozen=True):
    """How a test went: passed where ``differences`` (lines for people) is empty."""

    timeline: Timeline
    differences: list[str]


class _Told(msgspec.Struct, frozen=True):
    """What was told, in the words of an expectation."""

    told: str
    fields: dict[str, str | None]
    instants: dict[str, int | str]
    context: dict[str, Any]

    @staticmethod
    def of(outcome: Outcome) -> _Told:
        value = _decode_json(encode_value(outcome))
        entered_at = outcome.entered_at
        at = outcome.exited_at if outcome.type == EXITED else entered_at
        policied = {"released": outcome.released_at, "until": outcome.until}
        return _Told(
            told=outcome.type.partition(".")[2],
            fields={name: value.get(name) for name in _NAMES},
            instants={"at": entered_at if at is None else at, "anchor": outcome.anchor}
            | {name: one for name, one in policied.items() if one is not None},
            context=value.get("context") or {},
        )


_NAMES: Final = ("segment", "contact", "key", "rung", "reason", "variant")


def run_timelines(file: TimelineFile) -> list[Result]:
    """Run all tests of a file.

    Raises RuleErrors where an event of a test would be refused.
    """
    errors: list[RuleError] = []
    events = [_events(one, file.file, errors) for one in file.timelines]
    if errors:
        raise RuleErrors(errors)
    return [
        Result(one, _differences(one, _play(file.rules, one, fed), file.file))
        for one, fed in zip(file.timelines, events, strict=True)
    ]


def _events(timeline: Timeline, file: str, errors: list[RuleError]) -> list[Event | ProductEvent]:
    """The events as the engine takes them; those that it would refuse become errors."""
    events = []
    for number, one in enumerate(timeline.events, start=1):
        record = one.record | {"time": format_time(one.instant)}
        ignored: Ignored = {}
        try:
            event = decode(_encode(record), ignored)
        except Refused as refused:
            message = f"the event would be refused ({refused.code}): {refused.message}"
            errors.append(RuleError(file, one.node.line, one.node.column, message))
            continue
        for field in ignored:
            message = f"`data.{field}` has a wrong type: it would be taken for missing"
            errors.append(RuleError(file, one.node.line, one.node.column, message))
        if event.id is None:
            event.name = f"line:{number}"
        events.append(event)
    return events


def _play(rules: RuleSet, timeline: Timeline, events: list[Event | ProductEvent]) -> list[_Told]:
    driver = Driver(rules, timeline.lateness)
    outcomes: list[Told] = []
    for event in events:
        outcomes += driver.feed(event)
    ends = [event.reaches for event in events]
    outcomes += driver.advance(max(ends if timeline.until is None else [*ends, timeline.until]))
    return [_Told.of(one) for one in outcomes if isinstance(one, Outcome)]


def _differences(timeline: Timeline, told: list[_Told], file: str) -> list[str]:
    """What was expected and not told, and what was told and not expected."""
    matches = _matches(timeline.expected, told)
    unmatched = [one for place, one in enumerate(told) if place not in matches.values()]
    lines = []
    for place, expected in enumerate(timeline.expected):
        if place not in matches:
            at = f"{file}:{expected.node.line}:{expected.node.column}"
            lines.append(f"expected, not told:  {_show_expected(expected, timeline.start)}  ({at})")
            near = _nearest(expected, unmatched)
            if near is not None:
                told_instead = _show_told(near, timeline.start)
                lines.append(f"      but there is:  {told_instead}")
    lines += [
        f"told, not expected:  {_show_told(one, timeline.start)}"
        for one in unmatched
        if one.told in _MUST_BE_EXPECTED
    ]
    if lines:
        held_back = [one for one in unmatched if one.told == "suppressed"]
        lines += [f"         held back:  {_show_told(one, timeline.start)}" for one in held_back]
    return lines


def _matches(expected: Sequence[Expected], told: Sequence[_Told]) -> dict[int, int]:
    """Which expectation is met by what: as many as can be, nothing for two."""
    taken: dict[int, int] = {}

    def assign(place: int, seen: set[int]) -> bool:
        for candidate, one in enumerate(told):
            if candidate not in seen and not _unlike(expected[place], one):
                seen.add(candidate)
                if candidate not in taken or assign(taken[candidate], seen):
                    taken[candidate] = place
                    return True
        return False

    for place in range(len(expected)):
        assign(place, set())
    return {place: candidate for candidate, place in taken.items()}


def _unlike(expected: Expected, told: _Told) -> list[str]:
    """The fields in which what was told is not what was expected."""
    unlike = [] if expected.told == told.told else ["told"]
    unlike += [name for name, value in expected.fields.items() if told.fields[name] != value]
    unlike += [
        name for name, value in expected.instants.items() if told.instants.get(name) != value
    ]
    for path, value in expected.context.items():
        # A field that the trigger's own `context` picks has its path as its name.
        found = told.context.get(path, field_at(told.context, path.split(".")))
        if found != value:
            unlike.append(f"context.{path}")
    return unlike


def _nearest(expected: Expected, told: list[_Told]) -> _Told | None:
    """What was told of the same segment and contact, and is the most alike."""
    alike = [
        (len(unlike), place)
        for place, one in enumerate(told)
        if not {"segment", "contact"} & set(unlike := _unlike(expected, one))
    ]
    return told[min(alike)[1]] if alike else None


def _show_expected(expected: Expected, start: int) -> str:
    words = [_offset(expected.instants["at"], start)] if "at" in expected.instants else []
    words += [expected.told, expected.fields["segment"], expected.fields.get("contact", "")]
    words += [f"{name}={expected.fields[name]}" for name in _NAMES[2:] if name in expected.fields]
    if "anchor" in expected.instants:
        words.append(f"anchor={_offset(expected.instants['anchor'], start)}")
    words += _of_policy(expected.instants, start)
    words += [f"context.{path}={_text(value)}" for path, value in expected.context.items()]
    return " ".join(word for word in words if word)


def _of_policy(instants: Mapping[str, int | str], start: int) -> list[str]:
    given = [name for name in ("released", "until") if name in instants]
    return [f"{name}={_offset(instants[name], start)}" for name in given]


def _show_told(told: _Told, start: int) -> str:
    words = [_offset(told.instants["at"], start), told.told]
    words += [str(told.fields["segment"]), str(told.fields["contact"])]
    words += [f"{name}={told.fields[name]}" for name in _NAMES[2:] if told.fields[name] is not None]
    if told.instants["anchor"] != told.instants["at"]:
        words.append(f"anchor={_offset(told.instants['anchor'], start)}")
    words += _of_policy(told.instants, start)
    if told.context:
        words.append(f"context={_text(told.context)}")
    return " ".join(words)


def _text(value: Any) -> str:
    return str(_encode(value), "utf-8")


def _offset(instant: int | str, start: int) -> str:
    """An instant from the start on, as a test writes it: ``+1h30m``."""
    if isinstance(instant, str):
        return instant
    rest = abs(instant - start)
    parts = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if instant < start else "+") + ("".join(parts) or "0s")
