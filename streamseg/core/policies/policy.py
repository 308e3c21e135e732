"""Policies: what all policies of a file share, and the policy of one segment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from streamseg.core.conditions.base import Registry
from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.contacts.contact import Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER
from streamseg.core.policies.answers import Consent
from streamseg.core.policies.arms import CONTROL, HOLDOUT, Holdout, Split
from streamseg.core.policies.best_time import BestTime
from streamseg.core.policies.caps import Cap
from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.timestamps import parse_time

MAX_WAITING: Final = 16  # triggers of a contact
EXPIRES_MS: Final = 86_400_000  # the default
PRIORITY: Final = 50
_FIRST_MS: Final = 100_000_000_000  # a smaller number is taken for seconds, and ignored


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
    """What the policies of a file share. ``version`` is a hash that includes the rules of zones."""

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
    """The options of a segment's policy.

    ``consents``: one of them must be given (empty: none is needed). ``is_paused``: triggers are
    suppressed, and do not fire later. ``paused_until``: nothing fires before that instant.
    ``expires``: for how long a trigger waits at most, in ms.
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
        self.columns: list[int] = []  # of the features that it reads

    def bind(self, contact: Registry) -> None:
        """Ask for the contact's features that the policy reads."""
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

    def is_allowed(self, contact: Contact, instant: int) -> bool:
        """Whether one of the consents is given at an instant, or none is needed."""
        for one in self.consents:
            if one.holds(contact.state(one.column), instant):
                return True
        return not self.consents

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
