"""``policies:``, the policies of all segments of a file."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.features.base import FOREVER
from streamseg.core.policies.answers import Answer, Consent
from streamseg.core.policies.arms import Holdout
from streamseg.core.policies.caps import Cap
from streamseg.core.policies.policy import EXPIRES_MS, Policies, Snooze
from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.predicates import canonical
from streamseg.rules.document import Node
from streamseg.rules.kinds import Named
from streamseg.rules.policies.kinds import Path
from streamseg.rules.policies.parts import (
    CAP_FIELDS,
    CONSENT_FIELDS,
    HOLDOUT_FIELDS,
    QUIET_FIELDS,
    ZONE_FIELDS,
    CapKind,
    ConsentKind,
    HoldoutKind,
    Lasts,
    QuietKind,
    ZoneOfContact,
)
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.value.terms import by_clocks
from streamseg.rules.zones import known_zones

MAX_EXPIRES_MS: Final = 30 * 86_400_000
MAX_NAMED: Final = 16
UNREADABLE: Final = False  # in place of a file's policies, where they are not to be read

POLICIES_FIELDS: Fields = {
    "zone": Field(ZoneOfContact(), "how a contact's time zone is found (default: UTC)"),
    "consent": Field(
        Named(ConsentKind(), "consents", MAX_NAMED),
        "consents by name; if there are any, each segment that fires must name those that it needs",
    ),
    "quiet": Field(
        QuietKind(), "quiet hours, in the contact's local time: nobody gets a message then"
    ),
    "caps": Field(Named(CapKind(), "caps", MAX_NAMED), "caps on the number of messages, by name"),
    "holdout": Field(
        HoldoutKind(), "the share of contacts that get no message at all, as a control group"
    ),
    "snooze": Field(
        Path(), "the attribute with the instant until which the contact wants no messages"
    ),
    "expires": Field(
        Lasts(MAX_EXPIRES_MS, "30d", zero=True), "how long a trigger may wait", EXPIRES_MS
    ),
}


PARTS: Final[Mapping[str, Fields]] = {
    "zone": ZONE_FIELDS,
    "consent": CONSENT_FIELDS,
    "quiet": QUIET_FIELDS,
    "caps": CAP_FIELDS,
    "holdout": HOLDOUT_FIELDS,
}


class PoliciesInFile(msgspec.Struct, frozen=True):
    """The policies of a file: what all segments share, and the defaults of a segment's policy."""

    shared: Policies
    quiet: Quiet | None
    holdout: Holdout | None
    expires: int


def policies_of(values: dict[str, Any] | None) -> PoliciesInFile:
    """The policies of a file by its fields; with None, a file without policies, whose segments may
    have some.
    """
    values = values or {name: field.default for name, field in POLICIES_FIELDS.items()}
    zone = values["zone"] or ZoneRule(known_zones())
    consents = [_consent(name, one) for name, one in (values["consent"] or {}).items()]
    caps = [_cap(name, one) for name, one in (values["caps"] or {}).items()]
    snooze = None if values["snooze"] is None else Snooze(values["snooze"])
    version = known_zones().version
    shared = Policies(
        zone, consents, caps, snooze, version=digest([zone.text, version]), zones_version=version
    )
    return PoliciesInFile(shared, values["quiet"], values["holdout"], values["expires"])


def _consent(name: str, values: dict[str, Any]) -> Consent:
    channel = values["channel"]
    stops = () if channel is None else tuple(values["stop"])
    expires = FOREVER if values["expires"] is None else values["expires"]
    return Consent(name, Answer(values["grant"], channel, stops), expires)


def _cap(name: str, values: dict[str, Any]) -> Cap:
    most, attribute = values["max"]
    return Cap(
        name,
        most,
        values["within"],
        values["per"],
        counts_fired="fired" in values["count"],
        channel=values["channel"] if "sent" in values["count"] else None,
        attribute=attribute,
    )


class PoliciesKind(Kind):
    """``policies:``, read as PoliciesInFile; the scope has it from then on."""

    _record = Record(POLICIES_FIELDS)

    def read(self, node: Node, scope: Scope) -> PoliciesInFile:
        scope.policies = UNREADABLE
        values = self._record.read(node, scope)
        if values["zone"] is not None:  # anniversaries are by this clock, and the shop's days
            scope.value = by_clocks(values["zone"])
        scope.policies = policies = policies_of(values)
        return policies

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/policies"}


def digest(normal: Any) -> str:
    """A hash of a normal form."""
    return blake2b(canonical(normal).encode(), digest_size=6).hexdigest()
