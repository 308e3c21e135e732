"""``policy:``, the policy of one segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streamseg.core.policies.arms import HOLDOUT, MIXED, Split
from streamseg.core.policies.best_time import BestTime, Engagement
from streamseg.core.policies.caps import Cap
from streamseg.core.policies.policy import PRIORITY, Policy, PolicyOptions
from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.predicates import Comparison, Where
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.comparisons import WhereKind
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, EventType, Integer, ListOf, Named, Text
from streamseg.rules.policies.file import (
    MAX_EXPIRES_MS,
    UNREADABLE,
    PoliciesInFile,
    digest,
    policies_of,
)
from streamseg.rules.policies.kinds import (
    NONE,
    ClockOrNow,
    OrNone,
    PausedKind,
    References,
    Share,
)
from streamseg.rules.policies.parts import HoldoutKind, Lasts, QuietKind
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

MAX_ARMS: Final = 10
_ALL: Final = 10_000
ENGAGEMENTS: Final = ("message_clicked", "message_opened")
NO_MACHINE: Final = Where({"machine": Comparison({"ne": True})})


class _NoMachine(WhereKind):
    def written(self, value: Any) -> str:
        return "{machine: {ne: true}}"


BEST_FIELDS: Fields = {
    "of": Field(
        ListOf(EventType()), "events that show that the contact reads messages", list(ENGAGEMENTS)
    ),
    "where": Field(_NoMachine(), "condition on these events' data", NO_MACHINE),
    "within": Field(Lasts(MAX_EXPIRES_MS, "30d"), "the longest wait for that hour", DAY_MS),
    "else": Field(
        ClockOrNow(), "when to send if too little is known of the contact (default: `now`)"
    ),
}
SEND_AT_FIELDS: Fields = {
    "best": Field(
        Record(BEST_FIELDS), "send at the hour at which the contact most likely reads messages"
    ),
}
SPLIT_FIELDS: Fields = {
    "of": Field(
        Named(Share(), "arms", MAX_ARMS),
        "the arms, each with its percentage, 100 in all; `control` gets no message",
        required=True,
    ),
    "seed": Field(
        Text(),
        "seed of the draw; segments with the same seed share their arms (default: the segment's "
        "name)",
    ),
    "by": Field(
        Choice("contact", "trigger"),
        "whether the arm is drawn for each contact or for each trigger",
        "contact",
    ),
}


_NO_ARMS: Final = {
    HOLDOUT: "the contacts of the holdout",
    MIXED: "contacts who were merged from several arms",
}


class _SplitKind(Kind):
    """Arms with their shares; read as (arms, seed or None, whether triggers are drawn)."""

    sample = "{of: {a: 45, b: 45, control: 10}}"
    _record = Record(SPLIT_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        values = self._record.read(node, scope)
        total = sum(values["of"].values())
        if total != _ALL:
            shown = f"{total // 100}.{total % 100:02d}".removesuffix(".00")
            raise scope.fail(node.at("of"), f"the arms must come to 100 percent, not {shown}")
        for name, means in _NO_ARMS.items():
            if name in values["of"]:
                message = f"`{name}` means {means}; give the arm another name"
                raise scope.fail(node.at("of"), message)
        return values

    def schema(self) -> JsonSchema:
        return self._record.schema()


POLICY_FIELDS: Fields = {
    "consent": Field(
        OrNone(References("consent", "email")),
        "consents, one of which the contact must have given; or `none`",
    ),
    "quiet": Field(
        OrNone(QuietKind()), "quiet hours of this segment, or `none` (default: as in `policies`)"
    ),
    "caps": Field(
        OrNone(References("cap", "weekly")),
        "the names of the caps that apply, or `none` (default: all)",
    ),
    "holdout": Field(
        OrNone(HoldoutKind()), "a holdout of this segment, or `none` (default: as in `policies`)"
    ),
    "snooze": Field(Choice(NONE), "`none`: ignore the contact's own pause"),
    "priority": Field(
        Integer(0, 100), "of triggers at the same instant, the higher priority goes first", PRIORITY
    ),
    "expires": Field(
        Lasts(MAX_EXPIRES_MS, "30d", zero=True),
        "how long a trigger may wait (default: as in `policies`)",
    ),
    "send_at": Field(
        OrNone(Record(SEND_AT_FIELDS, at_least_one=True)),
        "when to send (default `none`: at once)",
    ),
    "paused": Field(
        PausedKind(),
        "`true`: triggers are suppressed, and not sent later; an instant: triggers wait until then",
        False,
    ),
    "split": Field(_SplitKind(), "split contacts or triggers into arms, for an A/B test"),
}


PARTS: Final[Mapping[str, Fields]] = {
    "send_at": SEND_AT_FIELDS,
    "best": BEST_FIELDS,
    "split": SPLIT_FIELDS,
}


class PolicyKind(Kind):
    """``policy:``, read as its fields; with the file's policies they make a Policy."""

    _record = Record(POLICY_FIELDS)

    def read(self, node: Node, scope: Scope) -> dict[str, Any]:
        return self._record.read(node, scope)

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/policy"}


def policy_of(
    values: dict[str, Any] | None, name: str, fires: bool, node: Node, scope: Scope
) -> Policy | None:
    """The policy of the segment ``name``; None where neither it nor the file has one.

    Raises Bad.
    """
    if not fires:
        if values is not None:
            message = "`policy` is about triggers, and this segment fires none: add `trigger: {}`"
            raise scope.fail(node.at("policy"), message)
        return None
    if scope.policies is UNREADABLE or (values is None and scope.policies is None):
        return None
    own = values or {one: field.default for one, field in POLICY_FIELDS.items()}
    shared: PoliciesInFile = scope.policies or policies_of(None)
    return _Builder(own, shared, name, node, scope).policy()


class _Builder:
    """Makes a policy of the fields of the segment and of the file."""

    def __init__(
        self, values: dict[str, Any], shared: PoliciesInFile, name: str, node: Node, scope: Scope
    ) -> None:
        self._values = values
        self._shared = shared
        self._name = name
        self._node = node
        self._scope = scope

    def policy(self) -> Policy:
        values, shared = self._values, self._shared
        policies = shared.shared
        quiet, holdout = (
            _own(values["quiet"], shared.quiet),
            _own(values["holdout"], shared.holdout),
        )
        expires = shared.expires if values["expires"] is None else values["expires"]
        paused, split = values["paused"], self._split()
        consents = tuple(policies.consents[one] for one in self._consents())
        caps = tuple(self._caps())
        snooze = None if values["snooze"] == NONE else policies.snooze
        best = self._best(expires)
        of_snooze = None if snooze is None else snooze.attribute
        normal = [
            policies.version,
            [[one.name, one.answer.column_key, one.expires] for one in consents],
            _normal_quiet(quiet),
            [[one.name, one.most, one.attribute, one.within, one.per] for one in caps],
            [[one.counted.column_key, one.counts_fired] for one in caps],
            None if holdout is None else [holdout.share, holdout.seed],
            None if split is None else [split.arms, split.seed, split.by_trigger],
            None if best is None else [best.engagement.column_key, best.within, best.otherwise],
            [of_snooze, paused, values["priority"], expires],
        ]
        options = PolicyOptions(
            consents=consents,
            is_paused=paused is True,
            paused_until=None if isinstance(paused, bool) else paused,
            snooze=snooze,
            best=best,
            quiet=quiet,
            caps=caps,
            holdout=holdout,
            split=split,
            priority=values["priority"],
            expires=expires,
        )
        return Policy(policies, options, digest(normal))

    def _consents(self) -> list[str]:
        given, known = self._values["consent"], self._shared.shared.consents
        if given is None:
            if known:
                names = ", ".join(known)
                message = (
                    "`policy: {consent: …}` is missing: which consent does it need? name one or "
                    f"more of {names}, or `none`"
                )
                raise self._scope.fail(self._node.at("policy", "name"), message)
            return []
        if given == NONE:
            return []
        return References.chosen(given, known, "consent", self._scope)

    def _caps(self) -> list[Cap]:
        given, known = self._values["caps"], self._shared.shared.caps
        if given is None:
            return list(known.values())
        if given == NONE:
            return []
        chosen = References.chosen(given, known, "cap", self._scope)
        return [cap for name, cap in known.items() if name in chosen]

    def _split(self) -> Split | None:
        values = self._values["split"]
        if values is None:
            return None
        seed = self._name if values["seed"] is None else values["seed"]
        return Split(list(values["of"].items()), seed, values["by"] == "trigger")

    def _best(self, expires: int) -> BestTime | None:
        send_at = self._values["send_at"]
        if send_at is None or send_at == NONE:
            return None
        values = send_at["best"]
        if values["within"] > expires:
            place = self._node.at("policy").at("send_at").at("best").at("within")
            raise self._scope.fail(
                place, "`within` is longer than `expires`: the hour may come when it is too late"
            )
        types = tuple(sorted(set(values["of"])))
        return BestTime(Engagement(types, values["where"]), values["within"], values["else"])


def _own(value: Any, default: Any) -> Any:
    return None if value == NONE else default if value is None else value


def _normal_quiet(quiet: Quiet | None) -> Any:
    if quiet is None:
        return None
    return [quiet.begin, quiet.end, None if quiet.days is None else sorted(quiet.days)]
