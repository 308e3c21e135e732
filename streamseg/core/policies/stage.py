"""The stage between entry and firing for segments with a policy.

    candidate ──> held back at once: paused, cooldown, limit, stale, consent
        │
     waits ──────> ends: left, expired, superseded, crowded, forgotten, rules_changed, merged
        │           (that it waits is told once: deferred)
     released ───> held back: left, cooldown, limit, consent, control
        │
      fired

A candidate is asked (its gates are tested) at its instant, at each later instant of the contact,
and when time alone opens its gates. At one instant all that wait are asked in their order; a
trigger that is released counts in caps before the next one is asked.
"""

from __future__ import annotations

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.membership import Membership
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.content import content_of
from streamseg.core.messages.emission import Emission
from streamseg.core.messages.firing import Firing
from streamseg.core.policies.ending import Ending
from streamseg.core.policies.gates import Gates, reason_of, zone_of
from streamseg.core.policies.moment import Moment
from streamseg.core.policies.policy import MAX_WAITING, Policy
from streamseg.core.policies.releasing import Releasing, cooldown_or_limit_of, is_release_of
from streamseg.core.policies.subjects import Subjects
from streamseg.core.policies.telling import PolicyTelling
from streamseg.core.policies.waiting import DEFERRED, ENDED, Decision, Waiting, is_below
from streamseg.core.products.visible_facts import VisibleFacts
from streamseg.core.rule_metrics import RuleMetrics
from streamseg.core.segments.rule_set import RuleSet

Order = tuple[int, int, int, str, int]


class PolicyStage:
    """Takes candidates (triggers that could fire), and releases them, lets them wait, or ends them.

    ``rule_metrics`` counts, for metrics, attributes that the stage cannot read.
    """

    def __init__(
        self,
        rules: RuleSet,
        emission: Emission,
        firing: Firing,
        visible: VisibleFacts,
        lateness: int,
    ) -> None:
        self.rule_metrics = RuleMetrics()
        self._firing = firing
        self._subjects = Subjects(rules, visible)
        self._telling = PolicyTelling(emission, firing, lateness)
        self.ending = Ending(self._subjects, self._telling, lateness)
        self._releasing = Releasing(self._subjects, self._telling, self.ending)
        self._moment = Moment(0)  # the moment of the present ``ask``
        self._opens_at: list[tuple[Waiting, int]] = []  # triggers that wait, and when gates open
        self._has_released = False  # whether this ``ask`` has released any

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
        """Take a candidate of the instant ``entered_at``, caused by an event, a product's change or
        time alone. Unless it is held back at once, it waits until ``ask``.
        """
        contact, segment, policy = membership.contact, membership.segment, membership.segment.policy
        assert policy is not None
        key, rung = membership.key, membership.rung
        due = max(entered_at, contact.latest)
        trigger = Waiting(segment.index, key, rung, entered_at, anchor, due)
        if contact.decisions and any(is_release_of(one, trigger) for one in contact.decisions):
            return
        reason = self._reason_at_entry(membership, policy, trigger)
        if reason is not None:
            content = content_of(segment, rung, ctx, entered_at, event)
            decision = Decision(entered_at, ENDED, trigger, reason=reason)
            self._telling.take(membership, decision, content, not by_time)
            return
        if policy.best is not None:
            zone = zone_of(contact, policy, self.rule_metrics)
            state = contact.state(policy.best.column)
            trigger.target = policy.best.target(state, zone, policy.quiet, entered_at)
        interest = segment.definition.episode.interest
        if interest is not None and policy.has_gates:  # else it does not wait
            trigger.shown = interest(ctx)
        for one in contact.waiting:
            if one.is_asked and is_below(one, trigger):
                self.ending.supersede(contact, one, due, not by_time)
        contact.waiting = [*contact.waiting, trigger]

    def _reason_at_entry(
        self, membership: Membership, policy: Policy, trigger: Waiting
    ) -> str | None:
        """The reason that holds a candidate back at its own instant; None: it may wait."""
        if policy.is_paused:
            return "paused"
        reason = cooldown_or_limit_of(membership, trigger)
        if reason is not None:
            return reason
        if self._firing.is_stale(trigger.entered_at):
            return "stale"
        is_allowed = policy.is_allowed(membership.contact, trigger.entered_at)
        return None if is_allowed else "consent"

    # -- asking ----------------------------------------------------------------------------

    def ask(
        self, contact: Contact, instant: int, event: Event | None = None, at_once: bool = False
    ) -> None:
        """Ask the triggers that wait, at an instant. The occasion is an ``event``, a product's
        change (``at_once``), or else time alone.

        At an event only new and due triggers are asked, unless it is a ``contact_updated``: no
        other event opens a gate.
        """
        self._moment = Moment(instant, event, at_once)
        self._opens_at, self._has_released = [], False
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
        """End the triggers of lower rungs, and those beyond the number that may wait."""
        for trigger in contact.waiting:
            if any(is_below(trigger, other) for other in contact.waiting):
                self.ending.supersede(contact, trigger, self._moment.instant, self._moment.at_once)
        if len(contact.waiting) > MAX_WAITING:
            for trigger in sorted(contact.waiting, key=self._order)[MAX_WAITING:]:
                self._end(contact, trigger, "crowded")

    def _order(self, trigger: Waiting) -> Order:
        policy, key = self._subjects.policy_of(trigger), trigger.key or ""
        return -policy.priority, trigger.entered_at, trigger.segment, key, trigger.rung

    def _ask_one(self, contact: Contact, trigger: Waiting) -> None:
        """Test the gates of a trigger: release it, let it wait, or end it."""
        instant = self._moment.instant
        policy = self._subjects.policy_of(trigger)
        expires_at = trigger.entered_at + policy.expires
        if trigger.floor is not None and instant < trigger.floor:
            if trigger.due <= instant:
                self._end(contact, trigger, "expired")
            return
        if policy.has_gates:
            opens, closed = self._gates(contact, trigger, policy).walk(instant, expires_at)
            if opens > instant:
                self._keep(contact, trigger, policy, opens, closed)
                return
        self._has_released = True
        self._releasing.release(contact, trigger, policy, self._moment)

    def _gates(self, contact: Contact, trigger: Waiting, policy: Policy) -> Gates:
        return Gates(policy, contact, trigger.target, self._subjects, self.rule_metrics)

    def _keep(
        self,
        contact: Contact,
        trigger: Waiting,
        policy: Policy,
        opens: int,
        closed: list[tuple[str, int]],
    ) -> None:
        """Let a trigger wait, as a gate is closed; or end it, as it has expired."""
        gate = closed[0][0]
        expires_at = trigger.entered_at + policy.expires
        if expires_at <= self._moment.instant:
            reason = "expired" if policy.expires else reason_of(gate)
            self._end(contact, trigger, reason, gate)
            return
        self._releasing.keep_event(trigger, self._moment)
        trigger.is_asked = True
        for name, until in closed:
            trigger.closed[name] = until if until < FOREVER else None
        trigger.due = min(opens, expires_at)
        self._opens_at.append((trigger, opens))

    def _defer(self, contact: Contact, trigger: Waiting) -> None:
        """Have ``trigger.deferred`` told: that a trigger waits, for which gate and until when."""
        trigger.is_deferred = True
        gate, opens = self._expected(contact, trigger)
        decision = Decision(self._moment.instant, DEFERRED, trigger, reason=reason_of(gate))
        decision.until = opens if opens < FOREVER else None
        self._releasing.defer(contact, decision, self._moment)

    def _expected(self, contact: Contact, trigger: Waiting) -> tuple[str, int]:
        """The first closed gate of a trigger whose gates were tested, and when all gates will be
        open. This is the result of ``ask``, unless a trigger that was released since may have
        filled a cap.
        """
        if not self._has_released:
            for one, opens in self._opens_at:
                if one is trigger:
                    return next(iter(trigger.closed)), opens
        policy = self._subjects.policy_of(trigger)
        expires_at = trigger.entered_at + policy.expires
        opens, closed = self._gates(contact, trigger, policy).walk(self._moment.instant, expires_at)
        return closed[0][0], opens

    def _end(self, contact: Contact, trigger: Waiting, reason: str, by: str | None = None) -> None:
        moment = self._moment
        self.ending.end(contact, trigger, reason, moment.instant, moment.at_once, by)

    # -- what would be --------------------------------------------------------------------

    def closed_at(self, membership: Membership, instant: int) -> list[tuple[str, int]]:
        """The gates that would hold back a trigger entered at an instant, and until when each
        would (FOREVER: not known). Nothing is decided by this.
        """
        contact, policy = membership.contact, membership.segment.policy
        if policy is None:
            return []
        found: list[tuple[str, int]] = [("paused", FOREVER)] if policy.is_paused else []
        if not policy.is_allowed(contact, instant):
            found.append(("consent", FOREVER))
        if policy.is_held(policy.arm_of(contact.id)):
            found.append(("control", FOREVER))
        if policy.has_gates:
            gates = Gates(policy, contact, None, self._subjects, self.rule_metrics)
            found += gates.walk(instant, instant + policy.expires)[1]
        return found

    # -- what was to be told ---------------------------------------------------------------

    def emit_decisions(self, contact: Contact, until: int) -> None:
        """Emit what was decided for instants up to ``until``."""
        due = [one for one in contact.decisions if one.at <= until]
        if due:
            contact.decisions = [one for one in contact.decisions if one.at > until]
            due.sort(key=_at)
            for decision in due:
                self._telling.tell(
                    self._subjects.membership_of(contact, decision.trigger), decision
                )


def _at(decision: Decision) -> int:
    return decision.at
