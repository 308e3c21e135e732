"""Why a contact is in a segment or not: the answer from its state."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from streamseg.core.conditions.base import Truth as TruthValue
from streamseg.core.conditions.wording import events_text
from streamseg.core.contacts.slots import ANCHOR, ENTERED_AT, entry_cause_of, is_inside
from streamseg.core.policies.arms import CONTROL
from streamseg.core.values.timestamps import format_time
from streamseg.explain.ahead import (
    TRUTHS,
    ChangesOfParts,
    Path,
    changes_of_parts,
    changes_of_rungs,
    next_change,
)
from streamseg.explain.answers import (
    Change,
    PartAnswer,
    RungAnswer,
    StateAnswer,
    WhyAnswer,
)
from streamseg.explain.episodes import notes_of_turns
from streamseg.explain.told_ids import note_unknown_id
from streamseg.explain.triggers import instant_text, trigger_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.core.conditions.base import EvalContext, Part
    from streamseg.core.contacts.membership import Membership
    from streamseg.core.peek import Peek
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.core.segments.segment import Segment

MOST_KEYS: Final = 20  # that an error names
NOT_SENT: Final = "what was held back for the control group counts as fired, and was not sent"
OBJECTS: Final = "the contact objects to profiling: nothing but that and answers is remembered"


class NotAskedError(Exception):
    """A question that has no answer: ``code`` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def of_keeper(told: str, asked: str, keeper: str) -> str:
    """That there is no state of a contact, for who asked for an id that was merged into it."""
    return told if asked == keeper else f"{asked} was merged into {keeper}: {told}"


def segment_named(rules: RuleSet, name: str) -> Segment:
    """A segment by its name. Raises NotAskedError with the nearest one."""
    for segment in rules.defined:
        if segment.name == name:
            return segment
    names = [segment.name for segment in rules.defined]
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"
    raise NotAskedError("no_segment", f"the rules have no segment {name}{hint}")


def why(look: Callable[[], Peek], segment: Segment, key: str | None, lateness: int) -> WhyAnswer:
    """Why a contact is in a segment, for a key where it has keys, or is not.

    Each ``look`` is the same; some are advanced, to see what comes next. Raises NotAskedError where
    a key is missing or is too many.
    """
    peek = look()
    notes = [OBJECTS] if peek.is_objecting else _check_key(peek, segment, key)
    explained = [peek.explain(segment, key, rung) for rung in range(len(segment.rungs))]
    truths = _truths(segment, [part for _, part in explained])
    if peek.is_objecting:  # it is not asked, whatever its parts would say
        truths = [False for _ in truths]
    nexts = changes_of_rungs(look(), segment, key)
    members = [peek.membership(segment, key, rung) for rung in range(len(segment.rungs))]
    shown = _shown(segment, truths, nexts)
    ctx, part = explained[shown]
    stay = next((one for one in members if is_inside(one.slot)), members[0])
    answer = WhyAnswer(
        contact=peek.contact.id,
        segment=segment.name,
        key=key,
        at=format_time(peek.instant),
        generation=None,
        truth=TRUTHS[_of_any(truths)],
        entered_at=_entered_at(stay),
        anchor=_anchor(stay) if is_inside(stay.slot) else None,
        rung=segment.rungs[shown].label,
        rungs=[_rung(*one) for one in zip(members, truths, nexts, strict=True)],
        tree=_part(part, ctx, peek.instant, changes_of_parts(look, segment, key, shown, part)),
        trigger=trigger_of(peek, members, shown, lateness),
        links=[],
        complete=True,
        state=StateAnswer(format_time(peek.instant), None, {}),
        notes=notes + notes_of_turns(look, members, nexts),
        on=_event(segment),
        cause=entry_cause_of(stay.slot),
        merged_ids=peek.merged,
    )
    note_unknown_id(answer)
    trigger = answer.trigger
    if trigger is not None and trigger.fired and any(one.by == CONTROL for one in trigger.holds):
        answer.notes.append(NOT_SENT)
    return answer


def _rung(member: Membership, truth: TruthValue, change: Change | None) -> RungAnswer:
    """A rung, with the next instant at which time alone changes it."""
    return RungAnswer(
        rung=member.segment.rungs[member.rung].label,
        truth=TRUTHS[truth],
        inside=is_inside(member.slot),
        entered_at=_entered_at(member),
        next=change,
        cause=entry_cause_of(member.slot),
    )


def _event(segment: Segment) -> str | None:
    """At which event an instant rule fires."""
    on = segment.definition.on
    return None if on is None else events_text((on[0],), on[1])


def _check_key(peek: Peek, segment: Segment, key: str | None) -> list[str]:
    """What there is to say of a key. Raises NotAskedError."""
    if segment.per is None:
        if key is not None:
            raise NotAskedError(
                "no_key", f"{segment.name} has no keys: it is of the contact itself"
            )
        return []
    known = [one for one in peek.keys(segment) if peek.is_touched(segment, one)]
    if key is None:
        latest = ", ".join(known[: -MOST_KEYS - 1 : -1]) or "none"
        raise NotAskedError(
            "key_needed",
            f"{segment.name} holds per {segment.per}: name a key; remembered: {latest}",
        )
    if key not in known:
        most = segment.definition.max_keys
        forgotten = f"or {most} later ones made it forgotten"
        return [f"nothing is remembered of {key}: no event that counts named it, {forgotten}"]
    return []


def _truths(segment: Segment, parts: list[Part]) -> list[TruthValue]:
    """The truth of each rung: above one of a ladder that does not hold none does."""
    truths: list[TruthValue] = []
    fails = False
    for part in parts:
        truths.append(False if fails else part.truth)
        fails = fails or (segment.is_ladder and part.truth is not True)
    return truths


def _of_any(truths: list[TruthValue]) -> TruthValue:
    """Whether any rung holds: who is in one is in the segment."""
    return True if True in truths else None if None in truths else False


def _shown(segment: Segment, truths: list[TruthValue], nexts: list[Change | None]) -> int:
    """The rung to tell of: of a ladder the first that does not hold, or the last; of rungs that
    hold each by itself the last that does, or else the one that does next.
    """
    if segment.is_ladder:
        return next((n for n, truth in enumerate(truths) if truth is not True), len(truths) - 1)
    if True in truths:
        return max(n for n, truth in enumerate(truths) if truth is True)
    comes = [(change.at, n) for n, change in enumerate(nexts) if change and change.to == "true"]
    return min(comes)[1] if comes else 0


def _part(
    part: Part, ctx: EvalContext, instant: int, ahead: ChangesOfParts, path: Path = ()
) -> PartAnswer:
    condition = part.condition
    return PartAnswer(
        part=condition.word,
        asks=condition.asks(),
        truth=TRUTHS[part.truth],
        saw={name: _seen(name, value) for name, value in condition.saw(ctx, instant).items()},
        since=instant_text(part.since(ctx, instant)),
        next=ahead[path] if path in ahead else next_change(part, ctx, instant),
        known_from=None if part.parts else instant_text(condition.known_from(ctx)),
        parts=[
            _part(one, ctx, instant, ahead, (*path, number))
            for number, one in enumerate(part.parts)
            if one.condition.word
        ],
    )


def _entered_at(member: Membership) -> str | None:
    return instant_text(member.slot[ENTERED_AT]) if is_inside(member.slot) else None


def _anchor(member: Membership) -> str | None:
    anchor = member.slot[ANCHOR]
    return anchor if isinstance(anchor, str) else instant_text(anchor)


def _seen(name: str, value: Any) -> Any:
    if name.endswith("_at") and isinstance(value, int):
        return format_time(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    """A number as JSON has it."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 1 << 53:
        return int(value)
    return value
