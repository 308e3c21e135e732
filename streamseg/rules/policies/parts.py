"""The parts of ``policies:``: each a kind of value with its fields."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.policies.arms import Holdout
from streamseg.core.policies.caps import MAX_COUNT
from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.zones import UTC_ZONE, Zone
from streamseg.rules.dates import Clock
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration, ListOf, Text
from streamseg.rules.policies.kinds import WEEKDAYS, LimitKind, Path, Share, StopKind
from streamseg.rules.reading import JsonSchema, Kind, Scope, read_all
from streamseg.rules.records import Field, Fields, Record, pairs_of
from streamseg.rules.zones import ZoneKind, known_zones

DEFAULT_STOPS: Final = (("message_unsubscribed", None), ("message_complained", None))


class Lasts(Duration):
    """A duration of no more than ``most`` ms."""

    def __init__(self, most: int, words: str, *, zero: bool = False) -> None:
        super().__init__(zero)
        self._most = most
        self._words = words

    def read(self, node: Node, scope: Scope) -> int:
        duration = super().read(node, scope)
        if duration > self._most:
            raise scope.fail(node, f"must be no longer than {self._words}, not {node.value!r}")
        return duration


QUIET_FIELDS: Fields = {
    "from": Field(Clock(), "when quiet hours begin (inclusive)", required=True),
    "to": Field(
        Clock(),
        "when they end (exclusive); on the next day, if this is not after `from`",
        required=True,
    ),
    "days": Field(
        ListOf(Choice(*WEEKDAYS)),
        "only quiet hours that begin on these days (default: every day)",
    ),
}


class QuietKind(Kind):
    """An interval of the local clock; read as Quiet."""

    sample = "{from: 22:00, to: 08:00}"
    _record = Record(QUIET_FIELDS)

    def read(self, node: Node, scope: Scope) -> Quiet:
        values = self._record.read(node, scope)
        if values["from"] == values["to"]:
            message = (
                "`to` equals `from`, so it is not clear if all is quiet; to pause, write `paused`"
            )
            raise scope.fail(node.at("to"), message)
        days = values["days"]
        of_days = None if days is None else frozenset(WEEKDAYS.index(one) for one in days)
        return Quiet(values["from"], values["to"], of_days)

    def schema(self) -> JsonSchema:
        return self._record.schema()


HOLDOUT_FIELDS: Fields = {
    "percent": Field(Share(), "the percentage of contacts", required=True),
    "seed": Field(Text(), "seed of the draw: another seed draws other contacts", "holdout"),
}


class HoldoutKind(Kind):
    """The share of contacts that get no message at all; read as Holdout."""

    sample = "{percent: 5, seed: 2026-q4}"
    _record = Record(HOLDOUT_FIELDS)

    def read(self, node: Node, scope: Scope) -> Holdout:
        values = self._record.read(node, scope)
        return Holdout(values["percent"], values["seed"])

    def schema(self) -> JsonSchema:
        return self._record.schema()


CONSENT_FIELDS: Fields = {
    "grant": Field(
        Path(),
        "the attribute that grants the consent: `true` is a yes, anything else a no",
        required=True,
    ),
    "channel": Field(Text(), "the channel whose `stop` events withdraw the consent"),
    "stop": Field(
        ListOf(StopKind()), "which events of the channel withdraw the consent", list(DEFAULT_STOPS)
    ),
    "expires": Field(Duration(), "how long a yes is valid (default: for ever)"),
}


class ConsentKind(Kind):
    """One consent; its name is set later."""

    sample = "{grant: consent.email, channel: email}"
    _record = Record(CONSENT_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = self._record.read(node, scope)
        if values["channel"] is None and node.at("stop") is not node:
            raise scope.fail(node.at("stop"), "`stop` needs `channel`: whose events say no?")
        return values

    def schema(self) -> JsonSchema:
        return self._record.schema()


CAP_FIELDS: Fields = {
    "max": Field(
        LimitKind(MAX_COUNT),
        "the largest number of messages; 0 lets nothing through",
        required=True,
    ),
    "within": Field(Duration(), "count in a sliding window of this length"),
    "per": Field(Choice("day", "week", "month"), "or count by local day, ISO week or month"),
    "count": Field(
        ListOf(Choice("fired", "sent")),
        "what counts: `fired`, triggers of the segments that name the cap; `sent`, each "
        "`message_sent` of the channel that belongs to none of those triggers",
        ["fired"],
    ),
    "channel": Field(Text(), "the channel whose messages `sent` counts"),
}


class CapKind(Kind):
    """One cap; its name is set later."""

    sample = "{max: 1, within: 7d}"
    _record = Record(CAP_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = self._record.read(node, scope)
        if (values["within"] is None) == (values["per"] is None):
            raise scope.fail(node, "give one of `within` and `per`: how long does it count?")
        if "sent" in values["count"] and values["channel"] is None:
            raise scope.fail(node.at("count"), "`sent` needs `channel`: whose messages count?")
        return values

    def schema(self) -> JsonSchema:
        return self._record.schema()


class _ByKind(Kind):
    """An attribute, and for its values zones; read as (path, zones by value)."""

    sample = "{attribute: country, PL: Europe/Warsaw}"
    _zone = ZoneKind()

    def read(self, node: Node, scope: Scope) -> tuple[str, dict[str, Zone]]:
        given = pairs_of(node, scope)
        if "attribute" not in given:
            raise scope.fail(node, "`attribute` is missing: by what are zones chosen?")
        path = Path().read(given["attribute"][1], scope)
        named = {name: value for name, (_, value) in given.items() if name != "attribute"}
        zones = read_all(list(named.values()), self._zone, scope)
        return path, dict(zip(named, zones, strict=True))

    def schema(self) -> JsonSchema:
        return {
            "type": "object",
            "properties": {"attribute": Path().schema()},
            "required": ["attribute"],
            "additionalProperties": self._zone.schema(),
        }


ZONE_FIELDS: Fields = {
    "attribute": Field(
        Path(), "the attribute that holds the contact's time zone, or an offset from UTC"
    ),
    "by": Field(
        _ByKind(),
        "used where that attribute gives no zone: another attribute, and the zone for each of its "
        "values",
    ),
    "default": Field(ZoneKind(), "the zone of a contact for which neither gives one", UTC_ZONE),
}


class ZoneOfContact(Kind):
    """How a contact's time zone is found; read as a ZoneRule."""

    sample = "{attribute: timezone, default: Europe/Kyiv}"
    _record = Record(ZONE_FIELDS)

    def read(self, node: Node, scope: Scope) -> ZoneRule:
        values = self._record.read(node, scope)
        path, by = values["by"] or (None, {})
        return ZoneRule(known_zones(), values["attribute"], path, by, values["default"])

    def schema(self) -> JsonSchema:
        return self._record.schema()
