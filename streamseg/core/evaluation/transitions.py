"""Records entries and exits, and emits them once they are due. What an event causes is due at once,
and what time causes when ``now`` is ``lateness`` past it.

    slot      what happens                           then      told at once     told when due
    OUT       entry that is due                      NOTIFIED  entry, trigger   -
    OUT       entry that is due, held back           IN        entry, `limit`   -
    OUT       entry that is not due yet              IN        -                entry, trigger
    IN        entry becomes due                      NOTIFIED  entry, trigger   -
    IN        entry becomes due, held back           IN        entry, `limit`   -
    IN        exit by event from before it is due    OUT       -                `left`
    IN        any other exit before it is told       OUT       -                entry, trigger, exit
    IN        exit that is due                       OUT       exit             -
    IN        exit that is not due yet               OUT       -                exit
    NOTIFIED  exit by event from before the entry    OUT       cancelled, exit  -
    NOTIFIED  any other exit that is due             OUT       exit             -
    NOTIFIED  exit that is not due yet               OUT       -                exit

What is held back is the trigger: it is suppressed with a reason, as `limit` (`firing` has others).
Entries and exits are told only where a segment asks for ``membership``, and nothing is cancelled
with ``cancel: false``. With a policy the trigger goes its own way (`policies.stage`). What changed
rules or tables cause is due at once, and fires nothing unless the rules say so. A merge ends stays
in its own way.

`tests/timelines/test_transition_table.py` plays each row.
"""

from __future__ import annotations

from collections.abc import Callable

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import (
    NO_EVENT,
    Membership,
    is_by_consent,
    is_told,
    record_entry,
    record_exit,
    record_told,
)
from streamseg.core.contacts.slots import (
    ANCHOR,
    ENTERED_AT,
    NOTIFIED,
    is_in_stay,
    note_cause,
    release_of,
    set_status,
    status_of,
    told_under,
)
from streamseg.core.events import Event
from streamseg.core.identity.stay_union import MergeContext, continue_under_anchor
from streamseg.core.messages.content import content_of, decode_content, encode_content
from streamseg.core.messages.emission import Emission
from streamseg.core.messages.firing import Firing
from streamseg.core.messages.pending import (
    BY_EVENT,
    CONSENT,
    CONTENT,
    DUE,
    ENTRY_ANCHOR,
    Item,
    entry_items,
    take_due,
    take_records,
    without_told,
)
from streamseg.core.policies.stage import PolicyStage
from streamseg.core.values.timestamps import format_time


class Transitions:
    """Takes entries and exits, and emits them or keeps them pending.

    - ``silent``: segments, as bits, whose entries fire nothing, because the rules or (``by_table``)
      a quantile table changed; ``by_model``: those of them for which only the model changed
    - ``event``: the event that caused the evaluation, for contexts of triggers
    - ``merging``: the merge that caused the evaluation
    """

    policy_stage: PolicyStage  # for segments with a policy; the evaluator sets it

    def __init__(self, lateness: int, stale_after: int) -> None:
        self.silent = 0
        self.by_table = False
        self.by_model = 0
        self.event: Event | None = None
        self.merging: MergeContext | None = None
        self.emission = Emission()
        self.firing = Firing(self.emission, stale_after)
        self.lateness = lateness

    def enter(self, membership: Membership, ctx: EvalContext, instant: int, by_time: bool) -> None:
        """The contact enters at ``instant``."""
        segment, slot = membership.segment, membership.slot
        anchor = instant if segment.anchor is None else segment.anchor(ctx)
        fires = segment.options is not None and not is_told(segment, slot, anchor)
        record_entry(membership, instant, anchor)
        cause = self._cause(membership, by_time)
        note_cause(slot, cause)
        is_silent = segment.is_silent is not None and segment.is_silent(ctx)
        if fires and (is_silent or self.silent & segment.bit):
            fires = False
            record_told(membership, anchor)
        if self.emission.counts is not None:
            self.emission.counts.enter(membership, instant, cause)
        if fires and segment.policy is not None:
            fires = False
            event = None if by_time else self.event
            self.policy_stage.enter(membership, ctx, instant, anchor, event, by_time)
        if not by_time or self.silent & segment.bit or self._is_due(instant):
            self._emit_entry(membership, ctx, fires, None if by_time else self.event, cause)
            return
        where = instant, segment.index, membership.key, membership.rung, anchor, None
        pending = membership.contact.pending
        if segment.reports_membership:
            pending.append([*where, "", None])
        if fires:  # an episode that has fired already has no trigger to keep
            content = content_of(segment, membership.rung, ctx, instant, None)
            pending.append([*where, encode_content(content).decode(), None])

    def _emit_entry(
        self,
        membership: Membership,
        ctx: EvalContext,
        fires: bool,
        event: Event | None,
        cause: str,
    ) -> None:
        slot = membership.slot
        entered_at, anchor = slot[ENTERED_AT], slot[ANCHOR]
        if membership.contact.pending:
            for record in take_records(membership):  # of earlier stays, which have ended
                self.emission.membership_record(record, membership)
        if membership.segment.reports_membership:
            self.emission.entered(membership, entered_at, anchor, cause)
        if fires:
            content = content_of(membership.segment, membership.rung, ctx, entered_at, event)
            if self.firing.fire(membership, entered_at, anchor, content):
                set_status(slot, NOTIFIED)
                contact = membership.contact
                if contact.pending:
                    items = contact.pending
                    contact.pending = without_told(items, membership, entered_at, anchor)

    def exit(self, membership: Membership, instant: int, event_time: int) -> None:
        """The contact exits at ``instant``, by an event of ``event_time`` (NO_EVENT: by time)."""
        segment, slot, contact = membership.segment, membership.slot, membership.contact
        options, status = segment.options, status_of(slot)
        entered_at, anchor, release = slot[ENTERED_AT], slot[ANCHOR], release_of(slot)
        told_anchor = told_under(slot)
        record_exit(membership, instant)
        if contact.waiting or contact.decisions:
            self.policy_stage.ending.leave(membership, entered_at, instant, event_time)
        if self.merging is not None:
            self._exit_by_merge(membership, self.merging, instant)
            return
        entries = entry_items(membership, entered_at) if contact.pending else []
        by_time = event_time == NO_EVENT
        is_undone = bool(entries) and not by_time and event_time < entered_at + self.lateness
        if self.emission.counts is not None:
            cause = self._cause(membership, by_time)
            self.emission.counts.leave(membership, instant, cause, is_undone)
        if is_undone:
            self._void(contact, entries, instant)
            return
        if (
            status == NOTIFIED
            and event_time < (entered_at if release is None else release[0])
            and options is not None
            and options.cancel
        ):
            self.emission.cancelled(membership, entered_at, told_anchor, instant, release)
        if not segment.reports_membership:
            return
        is_silent = self.silent & segment.bit
        if entries or (by_time and not is_silent and not self._is_due(instant)):
            where = segment.index, membership.key, membership.rung
            by_event = None if by_time else instant
            item = [instant, *where, anchor, by_event, "", entered_at]
            contact.pending.append([*item, CONSENT] if is_by_consent(membership) else item)
        else:
            cause = self._cause(membership, by_time)
            self.emission.exited(membership, entered_at, anchor, instant, cause)

    def _cause(self, membership: Membership, by_time: bool) -> str:
        """What makes a contact enter or exit."""
        if self.merging is not None:
            return "merged"
        if self.by_table:
            return "table"
        if self.silent & membership.segment.bit:
            return "model" if self.by_model & membership.segment.bit else "rules_changed"
        if is_by_consent(membership):
            return CONSENT
        return "time" if by_time else "event"

    def _exit_by_merge(self, membership: Membership, merging: MergeContext, instant: int) -> None:
        """End a stay because of a merge: the stays of both contacts, if both were in. Nothing is
        cancelled.
        """
        contact, slot = membership.contact, membership.slot
        where = membership.segment.index, membership.key, membership.rung
        entries = entry_items(membership, slot[ENTERED_AT]) if contact.pending else []
        if self.emission.counts is not None:
            self.emission.counts.leave(membership, instant, "merged", False)
        is_told = membership.segment.reports_membership
        if is_told and all(item[CONTENT] for item in entries):
            source = merging.source if where in merging.moved else None
            self.emission.exited(
                membership, slot[ENTERED_AT], slot[ANCHOR], instant, "merged", source
            )
        self._void(contact, entries, instant)
        shared = merging.shared.get(where)
        if is_told and shared is not None and (where, shared[0]) not in merging.untold:
            self.emission.exited(membership, *shared, instant, "merged", merging.source)

    def continue_merged_stay(self, membership: Membership, anchor: int | str) -> bool:
        """Let a stay that a merge made of two continue under another anchor; False if it is no such
        stay.
        """
        merging = self.merging
        where = membership.segment.index, membership.key, membership.rung
        if merging is None or where not in merging.shared:
            return False
        slot, contact = membership.slot, membership.contact
        entries = entry_items(membership, slot[ENTERED_AT])
        for trigger in [*contact.waiting, *(one.trigger for one in contact.decisions)]:
            is_there = (trigger.segment, trigger.key, trigger.rung) == where
            if is_there and is_in_stay(slot, trigger.entered_at, trigger.anchor):
                trigger.anchor = anchor
        continue_under_anchor(slot, anchor, where in merging.fired, entries)
        return True

    def suppress_merged(self, membership: Membership, item: Item, source: str | None) -> None:
        """Suppress a pending trigger as ``merged``: the other contact of a
        merge has the same one.
        """
        content = decode_content(item[CONTENT])
        entered_at, anchor = item[DUE], item[ENTRY_ANCHOR]
        self.emission.suppressed(membership, entered_at, anchor, content, "merged", source)

    def _void(self, contact: Contact, entries: list[Item], instant: int) -> None:
        """An event has ended a stay whose entry is not told yet: mark the entry's trigger, which
        will be suppressed when it is due, and drop the entry's membership record.
        """
        for item in entries:
            if item[CONTENT]:
                item[BY_EVENT] = instant
            else:
                contact.pending.remove(item)

    def _is_due(self, instant: int) -> bool:
        return self.emission.is_due(instant + self.lateness)

    def fire_instantly(
        self, membership: Membership, ctx: EvalContext, time: int, name: str
    ) -> None:
        """Fire an instant rule for the event ``name`` of ``time``."""
        anchor = f"{format_time(time)}#{name}"
        membership.contact.has_texts = True
        if membership.segment.policy is not None:
            self.policy_stage.enter(membership, ctx, time, anchor, ctx.event, by_time=False)
            return
        content = content_of(membership.segment, 0, ctx, time, ctx.event)
        self.firing.fire(membership, time, anchor, content)

    # -- what was pending ------------------------------------------------------------------

    def emit_pending(
        self, contact: Contact, until: int, membership_of: Callable[[Contact, Item], Membership]
    ) -> None:
        """Emit what is pending of a contact, of instants up to ``until``.

        ``membership_of`` gives the membership of an item.
        """
        due = take_due(contact, until)
        while due:
            item = due.pop(0)
            membership = membership_of(contact, item)
            if not item[CONTENT]:
                self.emission.membership_record(item, membership)
            elif self._emit_trigger(item, membership):
                entered_at, anchor = item[DUE], item[ENTRY_ANCHOR]
                due = without_told(due, membership, entered_at, anchor)
                contact.pending = without_told(contact.pending, membership, entered_at, anchor)

    def _emit_trigger(self, item: Item, membership: Membership) -> bool:
        """Fire or suppress a trigger that was pending; returns whether it fired."""
        slot = membership.slot
        entered_at, anchor = item[DUE], item[ENTRY_ANCHOR]
        content = decode_content(item[CONTENT])
        if item[BY_EVENT] is not None:
            self.emission.suppressed(membership, entered_at, anchor, content, "left")
            return False
        is_in = is_in_stay(slot, entered_at, anchor)
        has_fired = self.firing.fire(membership, entered_at, anchor, content)
        if has_fired and is_in:
            set_status(slot, NOTIFIED)
        return has_fired
