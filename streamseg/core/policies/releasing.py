"""Releases a trigger whose gates are all open, or ends it if it may no longer fire."""

from __future__ import annotations

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import Membership
from streamseg.core.messages.content import Content, content_of
from streamseg.core.messages.firing import cooldown_or_limit
from streamseg.core.policies.ending import Ending, remove
from streamseg.core.policies.event_memory import pack_event, unpack_event
from streamseg.core.policies.moment import Moment
from streamseg.core.policies.policy import Policy
from streamseg.core.policies.subjects import Subjects
from streamseg.core.policies.telling import PolicyTelling, trigger_id
from streamseg.core.policies.waiting import ENDED, RELEASED, Decision, Waiting, is_of_rung


class Releasing:
    """Releases triggers, and makes the content of releases and deferrals."""

    def __init__(self, subjects: Subjects, telling: PolicyTelling, ending: Ending) -> None:
        self._subjects = subjects
        self._telling = telling
        self._ending = ending

    def release(self, contact: Contact, trigger: Waiting, policy: Policy, moment: Moment) -> None:
        """Release a trigger whose gates are all open, unless something else now holds it back."""
        instant, at_once = moment.instant, moment.at_once
        membership = self._subjects.membership_of(contact, trigger)
        segment = membership.segment
        ctx = self._subjects.ctx_of(membership)
        is_asked_again = segment.is_instant and trigger.is_asked
        if is_asked_again and segment.rungs[0].condition.at(ctx, instant)[0] is not True:
            self._ending.end(contact, trigger, "left", instant, at_once)
            return
        remove(contact, trigger)
        contact.latest = max(contact.latest, instant)
        decision = _decision(membership, trigger, policy, instant)
        content = self._content(membership, ctx, trigger, moment)
        if policy.has_gates and self._telling.is_late(instant, at_once):
            self.keep_event(trigger, moment)  # the trigger will wait again
        self._telling.take(membership, decision, content, at_once)

    def keep_event(self, trigger: Waiting, moment: Moment) -> None:
        """Keep the event that caused a trigger, where the trigger's context needs it later."""
        if moment.event is None or trigger.is_asked:
            return
        if self._subjects.segment_of(trigger).wants_event:
            trigger.event = pack_event(moment.event)

    def defer(self, contact: Contact, decision: Decision, moment: Moment) -> None:
        """Have ``trigger.deferred`` told."""
        membership = self._subjects.membership_of(contact, decision.trigger)
        ctx = self._subjects.ctx_of(membership)
        content = self._content(membership, ctx, decision.trigger, moment)
        self._telling.take(membership, decision, content, moment.at_once)

    def _content(
        self, membership: Membership, ctx: EvalContext, trigger: Waiting, moment: Moment
    ) -> Content:
        """The content of a message at a moment."""
        event = None if trigger.is_asked else moment.event
        if trigger.event is not None:
            event = unpack_event(trigger.event)
        return content_of(membership.segment, trigger.rung, ctx, moment.instant, event)


def _decision(membership: Membership, trigger: Waiting, policy: Policy, instant: int) -> Decision:
    """The decision on a trigger whose gates are open: it fires, or is suppressed (as a control's,
    or for another reason).
    """
    contact = membership.contact
    reason = None
    if trigger.is_asked or instant != trigger.entered_at:  # else it was asked as it entered
        reason = cooldown_or_limit_of(membership, trigger)
        if reason is None and not policy.is_allowed(contact, instant):
            reason = "consent"
    if reason is not None:
        return Decision(instant, ENDED, trigger, reason=reason)
    decision = Decision(instant, RELEASED, trigger)
    if policy.holdout is not None or policy.split is not None:
        decision.variant = policy.variant(contact.id, trigger_id(membership, trigger.anchor))
        if policy.is_held(decision.variant):
            decision.reason = "control"
    return decision


def cooldown_or_limit_of(membership: Membership, trigger: Waiting) -> str | None:
    """The reason, cooldown or limit, that holds a trigger back, if any. Triggers that are released
    and not told yet count as fired.
    """
    if not membership.contact.decisions:
        return cooldown_or_limit(membership, trigger.entered_at, ())
    released = [
        one.trigger.entered_at
        for one in membership.contact.decisions
        if one.is_release and is_of_rung(one.trigger, trigger)
    ]
    return cooldown_or_limit(membership, trigger.entered_at, released)


def is_release_of(decision: Decision, trigger: Waiting) -> bool:
    """Whether ``decision`` is the release of a trigger's own episode."""
    if not decision.is_release:
        return False
    return is_of_rung(decision.trigger, trigger) and decision.trigger.anchor == trigger.anchor
