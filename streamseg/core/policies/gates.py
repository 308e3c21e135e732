"""The gates of a policy, in order: which one is closed, and when it opens."""

from __future__ import annotations

from streamseg.core.contacts.contact import Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER
from streamseg.core.policies.caps import Cap, instants_of, length_of
from streamseg.core.policies.policy import Policy
from streamseg.core.policies.subjects import Subjects
from streamseg.core.policies.waiting import RELEASED
from streamseg.core.rule_metrics import RuleMetrics
from streamseg.core.values.zones import UTC_ZONE, Zone


class Gates:
    """The gates for one trigger; ``target`` is the instant that `send_at` has chosen.

    The contact's zone, and the messages that count in a cap, are looked up only when a gate needs
    them.
    """

    def __init__(
        self,
        policy: Policy,
        contact: Contact,
        target: int | None,
        subjects: Subjects,
        rule_metrics: RuleMetrics,
    ) -> None:
        self._policy = policy
        self._contact = contact
        self._target = target
        self._subjects = subjects
        self._rule_metrics = rule_metrics
        self._snoozed = -FOREVER if policy.snooze is None else policy.snooze.until(contact)
        self._zone: Zone | None = None

    def first_closed(self, instant: int) -> tuple[str, int] | None:
        """The first closed gate at an instant, and when it opens; None where all are open."""
        policy = self._policy
        until = policy.paused_until
        if until is not None and instant < until:
            return "paused", until
        if instant < self._snoozed:
            return "snooze", self._snoozed
        if self._target is not None and instant < self._target:
            return "send_at", self._target
        if policy.quiet is not None:
            opens = policy.quiet.opens(self._where(), instant)
            if opens > instant:
                return "quiet_hours", opens
        for cap in policy.caps:
            opens = self._opens(cap, instant)
            if opens > instant:
                return f"cap {cap.name}", opens
        return None

    def walk(self, instant: int, until: int) -> tuple[int, list[tuple[str, int]]]:
        """The first instant from ``instant`` on at which all gates are open (FOREVER: after
        ``until``), and the gates that were closed on the way, each with when it opens.
        """
        closed: list[tuple[str, int]] = []
        while True:
            found = self.first_closed(instant)
            if found is None:
                return instant, closed
            closed.append(found)
            instant = found[1]
            if instant > until:
                return FOREVER, closed

    def _where(self) -> Zone:
        """The contact's zone, by what is known of it."""
        zone = self._zone
        if zone is None:
            zone = self._zone = zone_of(self._contact, self._policy, self._rule_metrics)
        return zone

    def _opens(self, cap: Cap, instant: int) -> int:
        """When a cap lets one more message through: at once, if fewer than its limit count."""
        contact = self._contact
        most = cap.most
        if cap.attribute is not None:
            most = cap.limit(Attribute.value(contact.state(cap.attribute_column)))
        state = contact.state(cap.column)
        released = self._released(cap) if cap.counts_fired and contact.decisions else []
        if length_of(state) + len(released) < most:
            return instant
        instants = instants_of(state) + released
        instants.sort()
        return cap.opens(instants, most, self._where(), instant)

    def _released(self, cap: Cap) -> list[int]:
        """The instants of releases that are not told yet: they count in the cap already."""
        return [
            one.at
            for one in self._contact.decisions
            if one.kind == RELEASED
            and one.reason is None
            and cap in self._subjects.policy_of(one.trigger).caps
        ]


def zone_of(contact: Contact, policy: Policy, rule_metrics: RuleMetrics) -> Zone:
    """A contact's zone, UTC where the policy needs none; unknown zones are counted."""
    if not policy.needs_zone:
        return UTC_ZONE
    zone, is_unknown = policy.policies.zone.of(contact)
    rule_metrics.unknown_zones += is_unknown
    return zone


def reason_of(gate: str) -> str:
    """The reason that a closed gate gives: of a cap without its name."""
    return "cap" if gate.startswith("cap ") else gate
