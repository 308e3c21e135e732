"""When a segment's triggers fired, and what holds the next one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamseg.core.conditions.base import SINCE_EVER
from streamseg.core.contacts.slots import (
    ENTERED_AT,
    FIRED_ANCHOR,
    NOTIFIED,
    SAME,
    firings_of,
    is_inside,
    last_fired,
    last_firing,
    status_of,
    told_under,
)
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.pending import DUE, entry_items, is_entry
from streamseg.core.policies.gates import reason_of
from streamseg.core.policies.telling import trigger_id
from streamseg.core.values.timestamps import LATEST_MS, format_time
from streamseg.explain.answers import Hold, LimitAnswer, TriggerAnswer
from streamseg.explain.rendering import clock

if TYPE_CHECKING:
    from streamseg.core.contacts.membership import Membership
    from streamseg.core.peek import Peek
    from streamseg.core.policies.waiting import Waiting


def trigger_of(
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
    waiting = [
        item[DUE] + lateness
        for one in members
        if is_inside(one.slot)
        for item in entry_items(one, one.slot[ENTERED_AT])
        if is_entry(item)
    ]
    return TriggerAnswer(
        fired_at=instant_text(last_firing(latest.slot)),
        fired=sum(firings_of(one.slot) for one in members),
        cooldown_until=instant_text(until),
        limit=None if options.limit is None else LimitAnswer(options.limit, firings_of(slot)),
        told_at=instant_text(min(waiting, default=None)),
        would_hold=holds[0].by if holds else None,
        holds=holds,
        rung=member.segment.rungs[latest.rung].label if _fired_at(latest) > -FOREVER else None,
        id=_last_id(peek, latest),
    )


def _fired_at(member: Membership) -> int:
    last = last_firing(member.slot)
    return -FOREVER if last is None else last


def _last_id(peek: Peek, member: Membership) -> str | None:
    """The id of the trigger that fired last; None where state does not tell it for sure.

    After a merge it does not, unless the present stay fired since: a trigger's id has the name to
    which it was told. Nor where a later rung may have taken the place of a trigger since.
    """
    slot = member.slot
    anchor = last_fired(slot)
    if anchor is None or last_firing(slot) is None:
        return None
    if slot[FIRED_ANCHOR] is SAME:
        is_sure = not peek.merged or status_of(slot) == NOTIFIED
    else:
        segment = member.segment
        is_sure = not peek.merged and (segment.policy is None or len(segment.rungs) == 1)
    if not is_sure:
        return None
    is_of_stay = slot[FIRED_ANCHOR] is SAME and status_of(slot) == NOTIFIED
    return trigger_id(member, told_under(slot) if is_of_stay else anchor)


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
        holds.append(Hold("cooldown", end, f"it fired at {clock(format_time(last))}"))
    if options.limit is not None and firings_of(slot) >= options.limit:
        holds.append(Hold("limit", None, f"it fired {firings_of(slot)} times, the most there is"))
    for gate, until in peek.closed(member):
        holds.append(Hold(reason_of(gate), instant_text(until), _detail(gate)))
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
    since = clock(format_time(trigger.entered_at))
    return Hold(
        reason_of(gate), instant_text(until), f"the trigger of {since} waits: {_detail(gate)}"
    )


def _detail(gate: str) -> str:
    """What a gate that is closed means; a cap is told by its name."""
    return _DETAILS.get(gate, gate)


def instant_text(instant: int | None) -> str | None:
    """An instant as text; null also where it is before all that is remembered."""
    if instant is None or not SINCE_EVER < instant <= LATEST_MS:
        return None
    return format_time(instant)
