"""The stage between entering and firing where a segment has a policy.

    candidate ──> held back at once: paused, cooldown, limit, stale, consent
        │
     waits ──────> ends: left, expired, superseded, crowded, forgotten, rules_changed
        │           (that it waits is told once: deferred)
     released ───> held back: left, cooldown, limit, consent, control
        │
      fired

A candidate is asked at its instant, at each later one of the contact, and when time alone opens
its gates. At one instant all that wait are asked in their order, and each counts before the next.
"""

from __future__ import annotations

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contact import Contact
from streamseg.core.content import Content, content_of
from streamseg.core.emission import Emission
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.gate import Gate, withholds
from streamseg.core.membership import Membership
from streamseg.core.policies.ending import Ending, remove
from streamseg.core.policies.event_memory import pack_event, unpack_event
from streamseg.core.policies.gates import Gates, reason_of, zone_of
from streamseg.core.policies.noticed import Noticed
from streamseg.core.policies.policy import MAX_WAITING, Policy
from streamseg.core.policies.subjects import Subjects
from streamseg.core.policies.telling import PolicyTelling, id_of
from streamseg.core.policies.waiting import (
    DEFERRED,
    ENDED,
    RELEASED,
    Untold,
    Waiting,
    is_below,
)
from streamseg.core.product_view import ProductView
from streamseg.core.rule_set import RuleSet

Order = tuple[int, int, int, str, int]


class PolicyStage:
    """Takes candidates of segments with a policy, and has them told, later, or not at all.

    ``noticed`` counts what is odd in what it reads of contacts.
    """

    def __init__(
        self, rules: RuleSet, emission: Emission, gate: Gate, view: ProductView, lateness: int
    ) -> None:
        self.noticed = Noticed()
        self._rules = rules
        self._gate = gate
        self._subjects = Subjects(rules, view)
        self._telling = PolicyTelling(emission, gate, lateness)
        self.ending = Ending(self._subjects, self._telling, lateness)
        self._instant = 0  # at which a contact is asked,
        self._event: Event | None = None  # by which event,
        self._at_once = False  # or by a product's change; else time alone did
        self._foreseen: list[tuple[Waiting, int]] = []  # of those that wait: when gates open
        self._has_released = False  # any of them, at this instant

    # -- candidates ------------------------------------------------------------------------

    def enter(
        self,
        membership: Membership,
        ctx: EvalContext,
        entered_at: int,
        anchor: int | str,
        event: Event | None,
        by_time: bool,
    ) -> None:
        """The contact is a candidate from ``entered_at`` on, by an event, a product or time alone.

        Who is not held back waits, until ``ask``.
        """
        contact, segment, policy = membership.contact, membership.segment, membership.segment.policy
        assert policy is not None
        key, rung = membership.key, membership.rung
        due = max(entered_at, contact.latest)
        trigger = Waiting(segment.index, key, rung, entered_at, anchor, due)
        if contact.untold and any(_has_released(one, trigger) for one in contact.untold):
            return
        reason = self._held_back_at_entry(membership, policy, trigger)
        if reason is not None:
            content = content_of(segment, rung, ctx, entered_at, event)
            untold = Untold(entered_at, ENDED, trigger, reason=reason)
            self._telling.decide(membership, untold, content, not by_time)
            return
        if policy.best is not None:
            zone = zone_of(contact, policy, self.noticed)
            state = contact.state(policy.best.column)
            trigger.target = policy.best.target(state, zone, policy.quiet, entered_at)
        interest = segment.definition.episode.interest
        if interest is not None:
            trigger.shown = interest(ctx)
        for one in contact.waiting:
            if one.is_asked and is_below(one, trigger):
                self.ending.supersede(contact, one, due, not by_time)
        contact.waiting = [*contact.waiting, trigger]

    def _held_back_at_entry(
        self, membership: Membership, policy: Policy, trigger: Waiting
    ) -> str | None:
        """The stages that are asked at T."""
        if policy.is_paused:
            return "paused"
        reason = self._withheld(membership, trigger)
        if reason is not None:
            return reason
        if self._gate.is_stale(trigger.entered_at):
            return "stale"
        is_allowed = policy.is_allowed(membership.contact, trigger.entered_at)
        return None if is_allowed else "consent"

    def _withheld(self, membership: Membership, trigger: Waiting) -> str | None:
        """Whether cooldown or limit hold it back: what is released and not yet told counts."""
        if not membership.contact.untold:
            return withholds(membership, trigger.entered_at, ())
        released = [
            one.trigger.entered_at
            for one in membership.contact.untold
            if one.kind == RELEASED
            and one.reason != "left"
            and (one.trigger.segment, one.trigger.key, one.trigger.rung)
            == (trigger.segment, trigger.key, trigger.rung)
        ]
        return withholds(membership, trigger.entered_at, released)

    # -- asking ----------------------------------------------------------------------------

    def ask(
        self, contact: Contact, instant: int, event: Event | None = None, at_once: bool = False
    ) -> None:
        """Ask all that wait at an instant, by an ``event`` or ``at_once`` by a product's change;
        else time alone has come to it.

        An event of the contact asks only what is due or new, unless it is an update of the contact:
        nothing else of the contact's opens a gate.
        """
        self._instant, self._event = instant, event
        self._at_once = at_once or event is not None
        self._foreseen, self._has_released = [], False
        asked = contact.waiting
        if event is not None and event.type != "contact_updated":
            asked = [one for one in asked if not one.is_asked or one.due <= instant]
            if not asked:
                return
        if len(asked) > 1:
            asked = sorted(asked, key=self._order)
        for trigger in asked:
            self._ask_one(contact, trigger)
        if len(contact.waiting) > 1:
            self._thin_out(contact)
        for trigger in contact.waiting:
            if trigger.closed and not trigger.is_deferred:
                self._defer(contact, trigger)

    def _thin_out(self, contact: Contact) -> None:
        """End what a later rung stands for, and the last of too many."""
        for trigger in contact.waiting:
            if any(is_below(trigger, other) for other in contact.waiting):
                self.ending.supersede(contact, trigger, self._instant, self._at_once)
        if len(contact.waiting) > MAX_WAITING:
            for trigger in sorted(contact.waiting, key=self._order)[MAX_WAITING:]:
                self._end(contact, trigger, "crowded")

    def _order(self, trigger: Waiting) -> Order:
        policy, key = self._subjects.policy_of(trigger), trigger.key or ""
        return -policy.priority, trigger.entered_at, trigger.segment, key, trigger.rung

    def _ask_one(self, contact: Contact, trigger: Waiting) -> None:
        instant = self._instant
        policy = self._subjects.policy_of(trigger)
        limit = trigger.entered_at + policy.expires
        if trigger.floor is not None and instant < trigger.floor:
            if trigger.due <= instant:
                self._end(contact, trigger, "expired")
            return
        if policy.has_gates:
            opens, closed = self._gates(contact, trigger, policy).walk(instant, limit)
            if opens > instant:
                self._keep(contact, trigger, policy, opens, closed)
                return
        self._release(contact, trigger, policy)

    def _gates(self, contact: Contact, trigger: Waiting, policy: Policy) -> Gates:
        return Gates(policy, contact, trigger.target, self._subjects, self.noticed)

    def _keep(
        self,
        contact: Contact,
        trigger: Waiting,
        policy: Policy,
        opens: int,
        closed: list[tuple[str, int]],
    ) -> None:
        """A gate is closed: have it wait, or expire."""
        gate = closed[0][0]
        limit = trigger.entered_at + policy.expires
        if limit <= self._instant:
            reason = "expired" if policy.expires else reason_of(gate)
            self._end(contact, trigger, reason, gate)
            return
        self._keep_event(trigger)
        trigger.is_asked = True
        for name, until in closed:
            trigger.closed[name] = until if until < FOREVER else None
        trigger.due = min(opens, limit)
        self._foreseen.append((trigger, opens))

    def _keep_event(self, trigger: Waiting) -> None:
        """Keep the event that brought a trigger, where its context wants it later."""
        is_wanted = not trigger.is_asked and self._rules.segments[trigger.segment].wants_event
        if is_wanted and self._event is not None:
            trigger.event = pack_event(self._event)

    def closed_at(self, membership: Membership, instant: int) -> list[tuple[str, int]]:
        """What a policy would hold a trigger back by that is entered at an instant, and until when
        (FOREVER: nothing tells); nothing is decided.
        """
        contact, policy = membership.contact, membership.segment.policy
        if policy is None:
            return []
        found: list[tuple[str, int]] = [("paused", FOREVER)] if policy.is_paused else []
        if not policy.is_allowed(contact, instant):
            found.append(("consent", FOREVER))
        if policy.holdout is not None and policy.holdout.has(contact.id):
            found.append(("control", FOREVER))
        if policy.has_gates:
            gates = Gates(policy, contact, None, self._subjects, self.noticed)
            found += gates.walk(instant, instant + policy.expires)[1]
        return found

    # -- releases --------------------------------------------------------------------------

    def _release(self, contact: Contact, trigger: Waiting, policy: Policy) -> None:
        """All gates are open: it is released, unless it may not be any more."""
        instant = self._instant
        self._has_released = True
        segment = self._rules.segments[trigger.segment]
        membership = self._subjects.membership_of(contact, trigger)
        ctx = self._subjects.ctx_of(membership)
        is_asked_again = segment.is_instant and trigger.is_asked
        if is_asked_again and segment.rungs[0].condition.at(ctx, instant)[0] is not True:
            self._end(contact, trigger, "left")
            return
        remove(contact, trigger)
        contact.latest = max(contact.latest, instant)
        untold = Untold(instant, RELEASED, trigger)
        reason = None
        if trigger.is_asked or instant != trigger.entered_at:  # else it was asked as it entered
            reason = self._withheld(membership, trigger)
            if reason is None and not policy.is_allowed(contact, instant):
                reason = "consent"
        if reason is not None:
            untold.kind, untold.reason = ENDED, reason
        elif policy.holdout is not None or policy.split is not None:
            untold.variant = policy.variant(contact.id, id_of(membership, trigger.anchor))
            if policy.is_held(untold.variant):
                untold.reason = "control"
        content = self._content(membership, ctx, trigger)
        if policy.has_gates and self._telling.is_late(instant, self._at_once):
            self._keep_event(trigger)  # it is to wait again
        self._telling.decide(membership, untold, content, self._at_once)

    def _content(self, membership: Membership, ctx: EvalContext, trigger: Waiting) -> Content:
        """The context and the why as at this instant."""
        event = None if trigger.is_asked else self._event
        if trigger.event is not None:
            event = unpack_event(trigger.event)
        return content_of(membership.segment, trigger.rung, ctx, self._instant, event)

    def _defer(self, contact: Contact, trigger: Waiting) -> None:
        """Have it told that a trigger waits, and until when."""
        trigger.is_deferred = True
        gate, opens = self._expected(contact, trigger)
        untold = Untold(self._instant, DEFERRED, trigger, reason=reason_of(gate))
        untold.until = opens if opens < FOREVER else None
        membership = self._subjects.membership_of(contact, trigger)
        content = self._content(membership, self._subjects.ctx_of(membership), trigger)
        self._telling.decide(membership, untold, content, self._at_once)

    def _expected(self, contact: Contact, trigger: Waiting) -> tuple[str, int]:
        """The first closed gate of a trigger that was asked, and when all will be open: as it was
        found, unless what was released since takes places in caps.
        """
        if not self._has_released:
            for one, opens in self._foreseen:
                if one is trigger:
                    return next(iter(trigger.closed)), opens
        policy = self._subjects.policy_of(trigger)
        limit = trigger.entered_at + policy.expires
        opens, closed = self._gates(contact, trigger, policy).walk(self._instant, limit)
        return closed[0][0], opens

    def _end(self, contact: Contact, trigger: Waiting, reason: str, by: str | None = None) -> None:
        self.ending.end(contact, trigger, reason, self._instant, self._at_once, by)

    # -- what was to be told ---------------------------------------------------------------

    def tell_due(self, contact: Contact, until: int) -> None:
        """Tell what is to be told of instants up to ``until``."""
        due = [one for one in contact.untold if one.at <= until]
        if due:
            contact.untold = [one for one in contact.untold if one.at > until]
            due.sort(key=_at)
            for untold in due:
                self._telling.tell(self._subjects.membership_of(contact, untold.trigger), untold)


def _has_released(untold: Untold, trigger: Waiting) -> bool:
    """Whether the trigger's episode is released already, and only to be told."""
    one = untold.trigger
    if untold.kind != RELEASED or untold.reason == "left":
        return False
    where = one.segment, one.key, one.rung, one.anchor
    return where == (trigger.segment, trigger.key, trigger.rung, trigger.anchor)


def _at(untold: Untold) -> int:
    return untold.at
