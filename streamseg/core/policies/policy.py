"""What policies are: those of a file, and the one of a segment, with the gates in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from streamseg.core.conditions.base import Registry
from streamseg.core.contact import Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER
from streamseg.core.policies.answers import Consent
from streamseg.core.policies.arms import CONTROL, HOLDOUT, Holdout, Split
from streamseg.core.policies.best_time import BestTime
from streamseg.core.policies.caps import Cap
from streamseg.core.policies.quiet import Quiet
from streamseg.core.timestamps import parse_time
from streamseg.core.zone_rule import ZoneRule
from streamseg.core.zones import Zone

MAX_WAITING: Final = 16  # triggers of a contact
EXPIRES_MS: Final = 86_400_000  # unless the file says another
PRIORITY: Final = 50
_FIRST_MS: Final = 100_000_000_000  # a smaller number would be of seconds


class Snooze:
    """The contact's own pause: until the instant that an attribute names."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.column = -1

    def until(self, contact: Contact) -> int:
        """When it ends; -FOREVER where there is none."""
        value = Attribute.value(contact.state(self.column))
        if type(value) is int:
            return value if value >= _FIRST_MS else -FOREVER
        if type(value) is not str:
            return -FOREVER
        try:
            return parse_time(value)
        except ValueError:
            return -FOREVER


class Policies:
    """What the policies of a file share. ``version`` is a hash that the zone rules are part of."""

    def __init__(
        self,
        zone: ZoneRule,
        consents: Iterable[Consent] = (),
        caps: Iterable[Cap] = (),
        snooze: Snooze | None = None,
        version: str = "",
        zones_version: str = "",
    ) -> None:
        self.zone = zone
        self.consents = {one.name: one for one in consents}
        self.caps = {one.name: one for one in caps}
        self.snooze = snooze
        self.version = version
        self.zones_version = zones_version


class PolicyOptions(NamedTuple):
    """What a segment's policy says.

    ``consents``: one of them must be given (none: none is needed). ``is_paused``: nothing is fired
    or made up for; ``paused_until``: nothing before that instant. ``expires`` in ms.
    """

    consents: tuple[Consent, ...] = ()
    is_paused: bool = False
    paused_until: int | None = None
    snooze: Snooze | None = None
    best: BestTime | None = None
    quiet: Quiet | None = None
    caps: tuple[Cap, ...] = ()
    holdout: Holdout | None = None
    split: Split | None = None
    priority: int = PRIORITY
    expires: int = EXPIRES_MS


class Policy:
    """The policy of a segment; ``version`` is a hash of all that it depends on."""

    def __init__(self, policies: Policies, options: PolicyOptions, version: str = "") -> None:
        self.policies = policies
        self.consents = options.consents
        self.is_paused = options.is_paused
        self.paused_until = options.paused_until
        self.snooze = options.snooze
        self.best = options.best
        self.quiet = options.quiet
        self.caps = options.caps
        self.holdout = options.holdout
        self.split = options.split
        self.priority = options.priority
        self.expires = options.expires
        self.version = version
        is_timed = options.quiet is not None or options.best is not None
        is_paused = options.paused_until is not None or options.snooze is not None
        self.needs_zone = is_timed or bool(options.caps)
        self.has_gates = self.needs_zone or is_paused
        self.columns: list[int] = []  # of the features that it asks

    def bind(self, contact: Registry) -> None:
        """Ask for the features that must be remembered of a contact for it."""
        self.columns = []
        if self.needs_zone:
            self.policies.zone.bind(contact)
            self.columns += self.policies.zone.columns
        for consent in self.consents:
            consent.column = contact.column(consent.answer)
            self.columns.append(consent.column)
        if self.snooze is not None:
            self.snooze.column = contact.column(Attribute(self.snooze.attribute))
            self.columns.append(self.snooze.column)
        if self.best is not None:
            self.best.column = contact.column(self.best.engagement)
            self.columns.append(self.best.column)
        for cap in self.caps:
            cap.column = contact.column(cap.counted)
            self.columns.append(cap.column)
            if cap.attribute is not None:
                cap.attribute_column = contact.column(Attribute(cap.attribute))
                self.columns.append(cap.attribute_column)

    def allowed(self, contact: Contact, instant: int) -> list[str] | None:
        """The consents that are given at an instant; None where none is needed."""
        if not self.consents:
            return None
        return [one.name for one in self.consents if one.holds(contact.state(one.column), instant)]

    def variant(self, contact: str, trigger: str) -> str | None:
        """The arm of a trigger: ``holdout``, the name of an arm, or None where there are none."""
        arm = self.arm_of(contact)
        if arm is None and self.split is not None:
            return self.split.arm(trigger)
        return arm

    def arm_of(self, contact: str) -> str | None:
        """The arm of a contact; None where there are none, or each trigger is drawn by itself."""
        if self.holdout is not None and self.holdout.has(contact):
            return HOLDOUT
        if self.split is None or self.split.by_trigger:
            return None
        return self.split.arm(contact)

    def is_held(self, variant: str | None) -> bool:
        """Whether an arm gets no message."""
        if variant == HOLDOUT and self.holdout is not None:
            return True
        return variant == CONTROL and self.split is not None


NO_POLICY: Final = Policy(Policies(ZoneRule()), PolicyOptions())


class Gates:
    """The gates of one waiting trigger: which is closed at an instant, and when it opens.

    ``target`` is that of `send_at`; ``counted`` has by cap the instants that count in it.
    """

    def __init__(
        self,
        policy: Policy,
        contact: Contact,
        zone: Zone,
        target: int | None,
        counted: Mapping[str, list[int]],
    ) -> None:
        self._policy = policy
        self._zone = zone
        self._target = target
        self._counted = counted
        self._snoozed = -FOREVER if policy.snooze is None else policy.snooze.until(contact)
        self._most = [
            one.limit(
                None
                if one.attribute is None
                else Attribute.value(contact.state(one.attribute_column))
            )
            for one in policy.caps
        ]

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
            opens = policy.quiet.opens(self._zone, instant)
            if opens > instant:
                return "quiet_hours", opens
        for cap, most in zip(policy.caps, self._most, strict=True):
            opens = cap.opens(self._counted[cap.name], most, self._zone, instant)
            if opens > instant:
                return f"cap {cap.name}", opens
        return None

    def walk(self, instant: int, limit: int) -> tuple[int, list[tuple[str, int]]]:
        """The first instant from ``instant`` on at which all are open, and which were closed on the
        way, each with when it opens. What lies after ``limit`` is FOREVER.
        """
        closed: list[tuple[str, int]] = []
        while True:
            found = self.first_closed(instant)
            if found is None:
                return instant, closed
            closed.append(found)
            instant = found[1]
            if instant > limit:
                return FOREVER, closed


def reason_of(gate: str) -> str:
    """A gate as a reason: a cap without its name."""
    return "cap" if gate.startswith("cap ") else gate
