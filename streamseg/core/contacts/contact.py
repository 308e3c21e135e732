"""A contact's state, decoded; see `resting` for its bytes.

The numbers in ``features``, ``slots``, ``deadlines`` and ``keys`` are those of a layout. The states
of features and keys stay encoded until they are asked for: what no event touches costs little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec

from streamseg.core.contacts.at_rest import FEW, ContactAtRest, FewFields
from streamseg.core.contacts.duplicates import (
    HASH_BYTES,
    digest_of,
    has,
    has_name,
    name_digest,
    with_digest,
    with_name,
)
from streamseg.core.contacts.resting import (
    LATEST_DUE,
    body_of,
    due_of,
    has_few_fields,
    has_short_anchors,
    rested,
)
from streamseg.core.contacts.short_anchors import lengthen, shorten
from streamseg.core.errors import StateError
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.policies.waiting import Decision, Waiting, decision_of, waiting_of
from streamseg.core.tables.quantiles import Cuts
from streamseg.core.values.predicates import Number

MAX_BYTES: Final = 4_000_000  # of a contact at rest: a changelog record holds 4 MiB
NEVER_DECIDED: Final = -FOREVER
UNKNOWN: Final = -1

# Shared by all contacts that have none; they are replaced, never altered.
_NOTHING: Final[dict[Any, Any]] = {}
_NO_ITEMS: Final[list[Any]] = []

# A key of a parametric segment: [touched at, features, slots]. If an edit carried it over, and no
# event of the new rules touched it, it has NEVER_DECIDED: it only keeps what has fired.
TOUCHED: Final = 0
FEATURES: Final = 1
SLOTS: Final = 2
KeyState = list[Any]
ENCODED: Final = msgspec.Raw  # the type of a state that is not decoded yet


class Contact:
    """What is remembered of a contact.

    Written with the state:

    - ``latest``: the latest decided instant
    - ``ids``, ``orders``: the last 64 events that had an id, and the last 64 orders (`duplicates`)
    - ``features``, ``slots``: the states of features and memberships (`slots`)
    - ``deadlines``: the next instant at which time alone may change a segment, by segment; for a
      feature that several segments wait on there is one, at `deadlines.deadline_of` its column.
      ``key_deadlines``: the same by segment and key
    - ``keys``: by key group the keys, the least recently touched first
    - ``pending``: messages that are decided and not told yet (`pending`)
    - ``delivered``: during a pass, by product: the version of the last change that was delivered to
      the contact before the pass came to it
    - ``kept_since``: by column, the instant since which a feature is remembered, if the contact is
      older than that. ``key_kept_since``: the same by key group and column
    - ``waiting``, ``decisions``: triggers that wait for a policy, and decisions about triggers that
      are not told yet (`policies.waiting`); they are replaced, never altered
    - ``table``: the quantile table that the contact was evaluated under; ``counted``: the census
      that counted it before its turn; 0: none (`tables`)

    Not written:

    - ``raw``: the id in UTF-8
    - ``due_at``: the due instant, for which there is a timer; it is in the head of the bytes, and
      not in ``deadlines``
    - ``inside``: the segments without keys that it is in, as bits
    - ``totals``: by column, a cache of `Feature.total`
    - ``cuts``: by label, the cuts of the table
    - ``has_texts``: whether an anchor may be a text
    """

    __slots__ = (
        "counted",
        "cuts",
        "deadlines",
        "decisions",
        "delivered",
        "due_at",
        "features",
        "has_texts",
        "ids",
        "inside",
        "kept_since",
        "key_deadlines",
        "key_kept_since",
        "keys",
        "latest",
        "layout",
        "next_key_due",
        "orders",
        "pending",
        "raw",
        "slots",
        "table",
        "totals",
        "waiting",
    )

    def __init__(self, raw: bytes, layout: int) -> None:
        """A contact without containers: `new_contact` and ``decode`` set them."""
        self.raw = raw
        self.layout = layout
        self.keys: dict[int, dict[str, Any]] = _NOTHING
        self.latest = NEVER_DECIDED
        self.ids = b""
        self.orders = b""
        self.features: dict[int, Any] = _NOTHING
        self.deadlines: dict[int, int] = _NOTHING
        self.slots: dict[int, list[Any]] = _NOTHING
        self.key_deadlines: dict[int, dict[str, int]] = _NOTHING
        self.next_key_due = UNKNOWN  # the least of key_deadlines
        self.pending: list[list[Any]] = _NO_ITEMS
        self.delivered: dict[str, int] = _NOTHING
        self.kept_since: dict[int, int] = _NOTHING
        self.key_kept_since: dict[int, dict[int, int]] = _NOTHING
        self.waiting: list[Waiting] = _NO_ITEMS
        self.decisions: list[Decision] = _NO_ITEMS
        self.table = 0
        self.counted = 0
        self.cuts: Mapping[str, Cuts] = _NOTHING
        self.due_at = FOREVER
        self.inside = 0
        self.totals: dict[int, Number | None] = _NOTHING
        self.has_texts = False

    @property
    def id(self) -> str:
        """The contact's id."""
        return self.raw.decode()

    def key(self, key_group: int, key: str) -> KeyState | None:
        """The state of a key in a key group, decoded; None where it is not remembered."""
        keys = self.keys.get(key_group)
        if keys is None:
            return None
        state = keys.get(key)
        if type(state) is ENCODED:
            state = keys[key] = _decode_key(state)
        return cast("KeyState | None", state)

    def touched_key(self, key_group: int, key: str) -> KeyState | None:
        """The same as ``key``; None also where no event of the present rules touched it."""
        state = self.key(key_group, key)
        return None if state is None or state[TOUCHED] == NEVER_DECIDED else state

    def decode_features(self, columns: Iterable[int]) -> None:
        """Decode the states of features that are still encoded."""
        features = self.features
        for column in columns:
            state = features.get(column)
            if type(state) is ENCODED:
                features[column] = _decode_state(state)

    def state(self, column: int) -> Any:
        """The state of a feature, decoded; None where it has none."""
        state = self.features.get(column)
        if type(state) is ENCODED:
            state = self.features[column] = _decode_state(state)
        return state

    def total(self, feature: Feature, column: int) -> Number | None:
        """The total of a feature; see `Feature.total`."""
        if column in self.totals:
            return self.totals[column]
        if not self.totals:
            self.totals = {}
        total = self.totals[column] = feature.total(self.state(column))
        return total

    def is_duplicate(self, event: Event) -> bool:
        """Whether an event's id and type, or its order, came before; if not, remember them."""
        name, ids = event.id, self.ids
        digest = b""
        if name is not None:
            digest = name_digest(event.type, name)
            # `partition` takes its argument in the quickest way: `find` took 330 instructions more,
            # and `in` would first try the digest as a number.
            is_seen = False
            if ids:
                is_seen = bool(ids.partition(digest)[1])
                if ids[0] != 0 or len(ids) % HASH_BYTES == 0:
                    is_seen = True
            if is_seen and has_name(ids, digest, name):
                return True
        if event.type == "order_placed":
            order = digest_of(event.data["order"])
            if has(self.orders, order):
                return True
            self.orders = with_digest(self.orders, order)
        if name is not None:
            self.ids = with_name(ids, digest)
        return False

    def encode(self) -> bytes:
        """The bytes at rest."""
        due = self.due_at
        if LATEST_DUE < due < FOREVER:
            due = LATEST_DUE
        deadlines = {
            number + 1 if number < 0 else number: 0 if one == due else one
            for number, one in self.deadlines.items()
        }
        short = shorten(self.slots) if self.has_texts else None
        fields: tuple[Any, ...] = (
            self.layout,
            self.keys,
            self.latest,
            self.ids,
            self.orders,
            self.features,
            deadlines,
            self.slots if short is None else short,
        )
        has_tables = bool(self.table or self.counted)
        has_policy = has_tables or bool(self.waiting or self.decisions)
        has_gaps = has_policy or bool(self.delivered or self.kept_since or self.key_kept_since)
        if has_gaps or self.pending or self.key_deadlines:
            fields = (*fields, self.key_deadlines, self.pending)
        if has_gaps:
            fields = (*fields, self.delivered, self.kept_since, self.key_kept_since)
        if has_policy:
            waiting = [one.fields() for one in self.waiting]
            fields = (*fields, waiting, [one.fields() for one in self.decisions])
        if has_tables:
            fields = (*fields, self.table, self.counted)
        body = _encode(fields)
        return rested(due, bool(self.keys), short is not None, body)

    @staticmethod
    def decode(raw: bytes, value: bytes) -> Contact:
        """The contact that ``encode`` wrote.

        Raises StateError where the bytes are damaged.
        """
        body = body_of(value)
        try:
            # As tuples: to ask a struct for each field took 1,800 instructions more.
            if has_few_fields(value):
                contact = _of_few(raw, _decode_few(body))
            else:
                contact = _of_all(raw, _fields_of(_decode(body)))
        except (msgspec.DecodeError, ValueError, IndexError) as error:
            raise StateError(f"the state of contact {raw!r} is damaged: {error}") from error
        if has_short_anchors(value):
            contact.has_texts = True
            lengthen(contact.slots)
        contact.due_at = due = due_of(value)
        contact.deadlines = {
            number - 1 if number < 0 else number: one or due
            for number, one in contact.deadlines.items()
        }
        return contact


def _of_few(raw: bytes, fields: FewFields) -> Contact:
    """The contact of the fields that each one has."""
    layout, keys, latest, ids, orders, features, deadlines, slots = fields
    contact = Contact(raw, layout)
    contact.keys, contact.latest, contact.ids, contact.orders = keys, latest, ids, orders
    contact.features, contact.deadlines, contact.slots = features, deadlines, slots
    contact.pending = []
    return contact


def _of_all(raw: bytes, fields: tuple[Any, ...]) -> Contact:
    """The contact of all fields."""
    contact = _of_few(raw, cast(FewFields, fields[:FEW]))
    (
        contact.key_deadlines, contact.pending, delivered, since, key_since, waiting, decisions,
        contact.table, contact.counted,
    ) = fields[FEW:]  # fmt: skip
    if delivered is not None:
        contact.delivered = delivered
        contact.kept_since = since or _NOTHING
        contact.key_kept_since = key_since or _NOTHING
    if waiting:
        contact.waiting = [waiting_of(one) for one in waiting]
    if decisions:
        contact.decisions = [decision_of(one) for one in decisions]
    return contact


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(ContactAtRest).decode
_fields_of: Final = msgspec.structs.astuple
# Without a struct in between, and without the containers of the other fields.
_decode_few: Final = msgspec.msgpack.Decoder(FewFields).decode
_decode_state: Final = msgspec.msgpack.Decoder().decode
_decode_key: Final = msgspec.msgpack.Decoder(list[Any]).decode


def new_contact(raw: bytes, layout: int) -> Contact:
    """A contact without any state."""
    contact = Contact(raw, layout)
    contact.keys, contact.features, contact.slots = {}, {}, {}
    contact.deadlines, contact.pending = {}, []
    return contact


def new_key() -> KeyState:
    """The state of a key that was never touched."""
    return [NEVER_DECIDED, {}, {}]
