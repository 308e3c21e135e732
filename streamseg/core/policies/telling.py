"""Emits what a policy has decided about triggers: at once, or ``lateness`` after its instant."""

from __future__ import annotations

from typing import Final

from streamseg.core.contacts.carried_interest import use_up
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import Membership, record_firing
from streamseg.core.contacts.slots import NOTIFIED, is_in_stay, set_release, set_status
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.content import NOTHING, Content, decode_content, encode_content
from streamseg.core.messages.emission import Emission
from streamseg.core.messages.firing import Firing
from streamseg.core.messages.message_ids import trigger_hash
from streamseg.core.messages.outcomes import DEFERRED as DEFERRED_TYPE
from streamseg.core.messages.outcomes import FIRED, SUPPRESSED, Outcome
from streamseg.core.policies.caps import DIGEST_BYTES, NO_DIGEST, Counted
from streamseg.core.policies.policy import NO_POLICY, Policy
from streamseg.core.policies.waiting import (
    DEFERRED,
    ENDED,
    Decision,
    Waiting,
    ask_again_by,
    is_same,
)
from streamseg.core.values.timestamps import format_time

LATE_MS: Final = 300_000  # a release that is more than this behind the wall clock is asked again


class PolicyTelling:
    """Emits decisions about triggers, or keeps them until they are told; ``lateness`` in ms."""

    def __init__(self, emission: Emission, firing: Firing, lateness: int) -> None:
        self._emission = emission
        self._firing = firing
        self._lateness = lateness

    def take(
        self, membership: Membership, decision: Decision, content: Content, at_once: bool
    ) -> None:
        """Take a decision: emit it at once, or keep it until it is ``lateness`` old."""
        contact = membership.contact
        if decision.kind != DEFERRED and decision.reason != "left":
            use_up(membership.slot)  # the interest that it is for
        if contact.decisions and decision.kind != DEFERRED:
            # The trigger ends: a deferral that would be told after that is dropped.
            if at_once:
                forget_deferral(contact, decision.trigger)
            elif decision.kind == ENDED:
                forget_deferral(contact, decision.trigger, decision.at)
        if at_once or self._emission.is_due(decision.at + self._lateness):
            self._tell(membership, decision, content, at_once)
            return
        if content is not NOTHING:
            decision.content = encode_content(content).decode()
        contact.decisions = [*contact.decisions, decision]

    def is_past(self, instant: int) -> bool:
        """Whether what time caused at an instant is told by now."""
        return instant + self._lateness <= self._emission.now

    def tell(self, membership: Membership, decision: Decision) -> None:
        """Emit a decision that was kept."""
        content = decode_content(decision.content) if decision.content else NOTHING
        self._tell(membership, decision, content, False)

    def is_late(self, instant: int, at_once: bool) -> bool:
        """Whether it is too late, by the wall clock, to fire a trigger that was released at an
        instant.
        """
        wall = self._firing.wall
        waits = 0 if at_once else self._lateness
        return wall is not None and wall - instant - waits > LATE_MS

    def _tell(
        self, membership: Membership, decision: Decision, content: Content, at_once: bool
    ) -> None:
        if decision.is_release:
            self._tell_release(membership, decision, content, at_once)
            return
        kind = DEFERRED_TYPE if decision.kind == DEFERRED else SUPPRESSED
        outcome = self._put(membership, decision, content, kind)
        outcome.reason, outcome.by, outcome.source = decision.reason, decision.by, decision.source
        if decision.kind == DEFERRED:
            outcome.until = decision.until

    def _tell_release(
        self, membership: Membership, decision: Decision, content: Content, at_once: bool
    ) -> None:
        """Fire a released trigger, or suppress it as a control's. It is suppressed where consent
        was withdrawn since, and waits again where it is too late by the wall clock.
        """
        contact, trigger = membership.contact, decision.trigger
        policy = membership.segment.policy or NO_POLICY
        allowed = policy.allowed(contact, decision.at)
        if allowed is not None and not allowed:
            self._put(membership, decision, content, SUPPRESSED).reason = "consent"
            ask_again_by(contact.waiting, max(decision.at + self._lateness, contact.latest))
            return
        wall = self._firing.wall
        if wall is not None and policy.has_gates and self.is_late(decision.at, at_once):
            self._wait_again(membership, decision, wall, content)
            return
        anchor, slot = trigger.anchor, membership.slot
        record_firing(membership, trigger.entered_at, anchor)
        is_control = decision.reason is not None
        outcome = self._put(membership, decision, content, SUPPRESSED if is_control else FIRED)
        outcome.released_at, outcome.variant = decision.at, decision.variant
        if is_control:
            outcome.reason = decision.reason
            return
        outcome.allowed = allowed
        outcome.deferred = list(trigger.closed.items())
        if is_in_stay(slot, trigger.entered_at, anchor):
            set_status(slot, NOTIFIED)
            set_release(slot, [decision.at, outcome.deferred, allowed, decision.variant])
        _count(membership, policy, trigger, decision.at)

    def _wait_again(
        self, membership: Membership, decision: Decision, wall: int, content: Content
    ) -> None:
        """Let a trigger whose release is too late wait again, until the wall clock's instant."""
        contact, trigger = membership.contact, decision.trigger
        is_stay = not membership.segment.is_instant
        if is_stay and not is_in_stay(membership.slot, trigger.entered_at, trigger.anchor):
            self._put(membership, decision, content, SUPPRESSED).reason = "left"
            ask_again_by(contact.waiting, max(wall, contact.latest))
            return
        policy = membership.segment.policy or NO_POLICY
        trigger.floor, trigger.is_asked = wall, True
        trigger.due = min(wall, trigger.entered_at + policy.expires)
        contact.waiting = [*contact.waiting, trigger]

    def _put(
        self, membership: Membership, decision: Decision, content: Content, kind: str
    ) -> Outcome:
        trigger = decision.trigger
        return self._emission.put(
            membership, decision.at, kind, trigger.entered_at, trigger.anchor, content
        )


def _count(membership: Membership, policy: Policy, trigger: Waiting, released_at: int) -> None:
    """Count a trigger that fired in its caps."""
    digest = b""
    for cap in policy.caps:
        if not cap.counts_fired:
            continue
        if cap.counts_sent and not digest:
            digest = _trigger_hash(membership, trigger.anchor)[:DIGEST_BYTES]
        contact: Contact = membership.contact
        contact.state(cap.column)
        counted: Counted = cap.counted
        counted.add(contact.features, cap.column, released_at, digest or NO_DIGEST)


def trigger_id(membership: Membership, anchor: int | str) -> str:
    """The id of a trigger."""
    return _trigger_hash(membership, anchor).hex()


def _trigger_hash(membership: Membership, anchor: int | str) -> bytes:
    segment = membership.segment
    label = segment.rungs[membership.rung].label
    text = format_time(anchor) if isinstance(anchor, int) else anchor
    return trigger_hash(segment.name, membership.contact.id, membership.key, label, text)


def first_decision(contact: Contact) -> int:
    """The instant of the first decision that is kept; FOREVER where there is none."""
    first = FOREVER
    for one in contact.decisions:
        first = min(first, one.at)
    return first


def forget_deferral(contact: Contact, trigger: Waiting, since: int = -FOREVER) -> None:
    """Drop a deferral of ``since`` or later that is not told yet: the trigger has ended before."""
    contact.decisions = [
        one
        for one in contact.decisions
        if one.kind != DEFERRED or one.at < since or not is_same(one.trigger, trigger)
    ]
