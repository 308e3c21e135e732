"""Ids of triggers as they were told, for where state does not know them: after a merge it does not
tell to which of the ids the last trigger was told, and so not what that trigger was called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streamseg.core.messages.message_ids import trigger_id
from streamseg.core.messages.outcomes import FIRED, SUPPRESSED, Outcome
from streamseg.core.values.timestamps import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamseg.explain.answers import WhyAnswer

ID_IS_IN_RECORD: Final = (
    "the id of the last trigger is known by its record only: it may have been told to an id that "
    "is this contact by now, or a later step took the place of one since"
)


class ToldTrigger(NamedTuple):
    """A trigger that was told; a control's counts as fired."""

    id: str
    segment: str
    key: str | None
    rung: str | None
    entered_at: str


def note_unknown_id(answer: WhyAnswer) -> None:
    """Say so where the id of the last trigger is not known."""
    if _lacks_id(answer):
        answer.notes.append(ID_IS_IN_RECORD)


def tell_id(answer: WhyAnswer, told: Iterable[ToldTrigger]) -> None:
    """Tell the id of the last trigger, if it is not known and among those that were ``told`` to the
    contact, in order, and to who was merged into it.
    """
    trigger = answer.trigger
    if trigger is None or not _lacks_id(answer):
        return
    of = answer.segment, answer.key, trigger.rung, trigger.fired_at
    for one in told:
        if (one.segment, one.key, one.rung, one.entered_at) == of:
            trigger.id = one.id
    if trigger.id is not None:
        answer.notes.remove(ID_IS_IN_RECORD)


def _lacks_id(answer: WhyAnswer) -> bool:
    trigger = answer.trigger
    return trigger is not None and trigger.fired_at is not None and trigger.id is None


def of_outcome(outcome: Outcome) -> ToldTrigger:
    """The trigger that an outcome tells of."""
    anchor = outcome.anchor if isinstance(outcome.anchor, str) else format_time(outcome.anchor)
    about = outcome.segment, outcome.key, outcome.rung
    name = trigger_id(outcome.segment, outcome.contact, outcome.key, outcome.rung, anchor)
    return ToldTrigger(name, *about, format_time(outcome.entered_at))


def counts_as_fired(kind: object, reason: object) -> bool:
    """Whether a message of a type, with a reason, tells of a trigger that fired, or a control's."""
    return kind == FIRED or (kind == SUPPRESSED and reason == "control")
