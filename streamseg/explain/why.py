"""Why a contact is in a segment, or is not: an answer made of a look at its state."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from streamseg.core.conditions.base import SINCE_EVER
from streamseg.core.conditions.base import Truth as TruthValue
from streamseg.core.conditions.wording import events_text
from streamseg.core.contact import is_inside
from streamseg.core.features.base import FOREVER
from streamseg.core.membership import ANCHOR, ENTERED_AT, firings_of, last_fired, last_firing
from streamseg.core.pending import DUE, is_entry, of_stay
from streamseg.core.policies.gates import reason_of
from streamseg.core.policies.telling import id_of
from streamseg.core.timestamps import LATEST_MS, format_time
from streamseg.explain.answers import (
    Change,
    Hold,
    LimitAnswer,
    PartAnswer,
    RungAnswer,
    StateAnswer,
    TriggerAnswer,
    Truth,
    WhyAnswer,
)

if TYPE_CHECKING:
    from streamseg.core.conditions.base import Condition, EvalContext, Part
    from streamseg.core.membership import Membership
    from streamseg.core.peek import Peek
    from streamseg.core.policies.waiting import Waiting
    from streamseg.core.rule_set import RuleSet
    from streamseg.core.segments import Segment

MOST_STEPS: Final = 64  # from one lower bound to the next, until something changes
MOST_KEYS: Final = 20  # that an error names
OBJECTS: Final = "the contact objects to profiling: nothing but that and answers is remembered"
_TRUTHS: Final[dict[TruthValue, Truth]] = {True: "true", False: "false", None: "unknown"}


class NotAskedError(Exception):
    """A question that has no answer: ``code`` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def segment_named(rules: RuleSet, name: str) -> Segment:
    """A segment by its name. Raises NotAskedError with the nearest one."""
    for segment in rules.defined:
        if segment.name == name:
            return segment
    names = [segment.name for segment in rules.defined]
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"
    raise NotAskedError("no_segment", f"the rules have no segment {name}{hint}")


def why(peek: Peek, ahead: Peek, segment: Segment, key: str | None, lateness: int) -> WhyAnswer:
    """Why a contact is in a segment, for a key where it has keys, or is not.

    ``ahead`` is the same look once more: it is advanced, to see what comes next. Raises
    NotAskedError where a key is missing or is too many.
    """
    notes = [OBJECTS] if peek.is_objecting else _check_key(peek, segment, key)
    explained = [peek.explain(segment, key, rung) for rung in range(len(segment.rungs))]
    truths = _truths(segment, [part for _, part in explained])
    if peek.is_objecting:  # it is not asked, whatever its parts would say
        truths = [False for _ in truths]
    nexts = _next_changes(ahead, segment, key, truths)
    members = [peek.membership(segment, key, rung) for rung in range(len(segment.rungs))]
    rungs = [
        RungAnswer(
            rung=rung.label,
            truth=_TRUTHS[truth],
            inside=is_inside(member.slot),
            entered_at=_entered_at(member),
            next=change,
        )
        for rung, truth, member, change in zip(segment.rungs, truths, members, nexts, strict=True)
    ]
    shown = _shown(segment, truths, nexts)
    ctx, part = explained[shown]
    stay = next((one for one in members if is_inside(one.slot)), members[0])
    return WhyAnswer(
        contact=peek.contact.id,
        segment=segment.name,
        key=key,
        at=format_time(peek.instant),
        generation=None,
        truth=_TRUTHS[_of_any(truths)],
        entered_at=_entered_at(stay),
        anchor=_anchor(stay) if is_inside(stay.slot) else None,
        rung=segment.rungs[shown].label,
        rungs=rungs,
        tree=_part(part, ctx, peek.instant),
        trigger=_trigger(peek, members, shown, lateness),
        links=[],
        complete=True,
        state=StateAnswer(format_time(peek.instant), None, {}),
        notes=notes,
        on=_event(segment),
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
    known = peek.keys(segment)
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


def _may_change(peek: Peek, segment: Segment, key: str | None) -> bool:
    """Whether time alone can change a segment from here on: by itself, or through one that it asks
    about, be it the one that keeps a label's moves.
    """
    own = None if segment.per is None else key
    if any(
        rung.condition.at(peek.context(segment, own, number), peek.instant)[1] < FOREVER
        for number, rung in enumerate(segment.rungs)
    ):
        return True
    others = [one for one in peek.rules.segments if segment in one.referrers]
    return any(one.per not in (None, segment.per) or _may_change(peek, one, key) for one in others)


def _next_changes(
    ahead: Peek, segment: Segment, key: str | None, truths: list[TruthValue]
) -> list[Change | None]:
    """By rung the next instant at which time alone changes it: the engine is advanced to it."""
    found: list[Change | None] = [None] * len(truths)
    begun = [is_inside(ahead.membership(segment, key, rung).slot) for rung in range(len(truths))]
    if segment.is_instant:
        return found
    steps = 0
    while None in found and steps < MOST_STEPS:
        if not _may_change(ahead, segment, key) or not ahead.go_on() or ahead.instant > LATEST_MS:
            return found
        steps += 1
        for rung, was in enumerate(begun):
            inside = is_inside(ahead.membership(segment, key, rung).slot)
            if found[rung] is None and inside is not was:
                found[rung] = Change(format_time(ahead.instant), _TRUTHS[inside])
    if steps == MOST_STEPS:
        bound = Change(format_time(ahead.instant), None)
        return [bound if one is None else one for one in found]
    return found


def _part(part: Part, ctx: EvalContext, instant: int) -> PartAnswer:
    condition = part.condition
    return PartAnswer(
        part=condition.word,
        asks=condition.asks(),
        truth=_TRUTHS[part.truth],
        saw={name: _seen(name, value) for name, value in condition.saw(ctx, instant).items()},
        since=_instant(part.since(ctx, instant)),
        next=_next_change(condition, part, ctx, instant),
        known_from=None if part.parts else _instant(condition.known_from(ctx)),
        parts=[_part(one, ctx, instant) for one in part.parts if one.condition.word],
    )


def _next_change(condition: Condition, part: Part, ctx: EvalContext, instant: int) -> Change | None:
    """The next instant at which time alone changes a condition; bounds are followed."""
    change = part.change
    for _ in range(MOST_STEPS):
        if change >= FOREVER or change > LATEST_MS:
            return None
        if change <= instant:  # a bound that does not move on
            return None
        instant = change
        truth, change = condition.at(ctx, instant)
        if truth is not part.truth:
            return Change(format_time(instant), _TRUTHS[truth])
    return Change(format_time(instant), None)


def _trigger(
    peek: Peek, members: list[Membership], shown: int, lateness: int
) -> TriggerAnswer | None:
    """What was fired, of all rungs, and what would hold back the next trigger of the one shown."""
    member = members[shown]
    options, slot = member.segment.definition.trigger, member.slot
    if options is None:
        return None
    latest = max(members, key=_fired_at)
    last = last_firing(slot)
    until = None if last is None or options.cooldown is None else last + options.cooldown
    holds = holds_of(peek, member)
    waiting = (
        [item for item in of_stay(member, slot[ENTERED_AT]) if is_entry(item)]
        if is_inside(slot)
        else []
    )
    return TriggerAnswer(
        fired_at=_instant(last_firing(latest.slot)),
        fired=sum(firings_of(one.slot) for one in members),
        cooldown_until=_instant(until),
        limit=None if options.limit is None else LimitAnswer(options.limit, firings_of(slot)),
        told_at=_instant(waiting[0][DUE] + lateness) if waiting else None,
        would_hold=holds[0].by if holds else None,
        holds=holds,
        rung=member.segment.rungs[latest.rung].label if _fired_at(latest) > -FOREVER else None,
        id=_last_id(latest),
    )


def _fired_at(member: Membership) -> int:
    last = last_firing(member.slot)
    return -FOREVER if last is None else last


def _last_id(member: Membership) -> str | None:
    """The id of the trigger that fired last."""
    anchor = last_fired(member.slot)
    return None if anchor is None else id_of(member, anchor)


def holds_of(peek: Peek, member: Membership) -> list[Hold]:
    """What would hold back a trigger of a rung that is entered now, in the order in which it is
    asked; of a trigger that waits already, what it waits for.

    What holds triggers back is told here and nowhere else.
    """
    options, slot, instant = member.segment.definition.trigger, member.slot, peek.instant
    assert options is not None
    last = last_firing(slot)
    holds = [_waits(trigger, *gate) for trigger in _waiting(member) for gate in _gates(trigger)]
    if options.cooldown is not None and last is not None and abs(instant - last) < options.cooldown:
        end = format_time(last + options.cooldown)
        holds.append(Hold("cooldown", end, f"it fired at {format_time(last)}"))
    if options.limit is not None and firings_of(slot) >= options.limit:
        holds.append(Hold("limit", None, f"it fired {firings_of(slot)} times, the most there is"))
    for gate, until in peek.closed(member):
        holds.append(Hold(reason_of(gate), _instant(until), _DETAILS.get(gate, gate)))
    return holds


_DETAILS: Final = {
    "paused": "the policy is paused",
    "consent": "no consent that the policy asks for is given",
    "control": "the contact is held out, to measure what messages do",
    "snooze": "the contact asked to be left alone",
    "quiet_hours": "it is night, or a day without messages, by the contact's clock",
    "send_at": "the contact's best hour is later",
}


def _waiting(member: Membership) -> list[Waiting]:
    """The triggers of a membership that a policy has wait."""
    where = member.segment.index, member.key, member.rung
    return [one for one in member.contact.waiting if (one.segment, one.key, one.rung) == where]


def _gates(trigger: Waiting) -> list[tuple[str, int | None]]:
    return list(trigger.closed.items())


def _waits(trigger: Waiting, gate: str, until: int | None) -> Hold:
    since = format_time(trigger.entered_at)
    return Hold(reason_of(gate), _instant(until), f"the trigger of {since} waits: {gate}")


def _entered_at(member: Membership) -> str | None:
    return _instant(member.slot[ENTERED_AT]) if is_inside(member.slot) else None


def _anchor(member: Membership) -> str | None:
    anchor = member.slot[ANCHOR]
    return anchor if isinstance(anchor, str) else _instant(anchor)


def _instant(instant: int | None) -> str | None:
    """An instant as text; null also where it is before all that is remembered."""
    if instant is None or not SINCE_EVER < instant <= LATEST_MS:
        return None
    return format_time(instant)


def _seen(name: str, value: Any) -> Any:
    if name.endswith("_at") and isinstance(value, int):
        return format_time(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    """A number as JSON has it."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 1 << 53:
        return int(value)
    return value
