"""Values of a field of matching events, as an aggregate needs them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final, Literal

import xxhash

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    USUAL,
    Feature,
    Memory,
    States,
    UpdateContext,
    events_of_types,
    wider,
)
from streamseg.core.features.wording import events_of, moment
from streamseg.core.values.numbers import DIGITS, NUMBER_BYTES, SUM_BYTES, SUM_DIGITS, pack, unpack
from streamseg.core.values.predicates import Number, Where, add, field_at, is_number
from streamseg.core.values.timestamps import format_duration

Figure = Literal["sum", "avg", "min", "max", "distinct"]
MAX_VALUES: Final = 1000
_OF_ALL_KEYS: Final = 8192  # values
_LEAST: Final = 16
_INSTANT: Final = itemgetter(0)
_MAX_SCALAR: Final = 64  # bytes of a value that stand for themselves
_COUNT_BYTES: Final = 5


class Values(Feature):
    """Numbers of a field, each with its instant, ascending; within a window, or of all time.

    State: a list of ``[instant, value, count]``. Of all time one entry is enough, the sum or the
    extreme. Beyond 1,000 entries (of a key fewer) the two oldest become one at the later's instant:
    from there on the figure of a window is approximate, by what those two lie apart.
    """

    has_total = True
    adds_up_to_0 = True

    keep = MAX_VALUES

    def __init__(
        self,
        figure: Figure,
        field: str,
        types: tuple[str, ...] | None,
        where: Where | None,
        window: int | None,
    ) -> None:
        self._figure = "sum" if figure == "avg" else figure
        self._path = tuple(field.split("."))
        self.types = types
        self.where = where
        self._window = window

    @property
    def events(self) -> tuple[Any, ...]:
        return events_of_types(self)

    @property
    def column_key(self) -> tuple[Any, ...]:
        where = self.where.text if self.where else ""
        windowed = self._window is not None
        return ("values", self._figure, self._path, self.types, where, windowed)

    @property
    def id(self) -> str:
        return f"{self.column_key!r} window={self._window}"

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        field, events = ".".join(self._path), events_of(self.types, self.where)
        one = INSTANT_BYTES + 6 + 1
        if self._window is None:
            return Memory(
                what=f"of {events}: the {self._figure} of `{field}`, how many they were, and when "
                "the last one happened",
                until="for as long as the contact is",
                typical=2 + one,
                most=2 + INSTANT_BYTES + SUM_BYTES + _COUNT_BYTES,
            )
        window = format_duration(self._window)
        return Memory(
            what=f"of {events}: `{field}` of each, and when it happened, at most "
            f"{self.keep:,} of them",
            until=f"one that is {window} older than the last goes",
            typical=1 + USUAL * (one + 1),
            most=LIST_BYTES + self.keep * (1 + INSTANT_BYTES + NUMBER_BYTES + _COUNT_BYTES),
            approximate=f"from {self.keep:,} within {window} on, as the two oldest become one",
        )

    def widen(self, other: Values) -> None:
        if self._window is not None and other._window is not None:
            self._window = max(self._window, other._window)

    def divide(self, keys: int) -> None:
        self.keep = most_values(keys)

    def reads(self) -> list[str]:
        return [".".join(self._path), *super().reads()]

    def readable(self, state: Any) -> Any:
        return [
            {"at": moment(at), "value": unpack(value), "count": count} for at, value, count in state
        ]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        value = field_at(event.data, self._path)
        if not is_number(value):
            return UNCHANGED
        kept: list[list[Any]] = states.setdefault(column, [])
        at = bisect_right(kept, event.time, key=_INSTANT)
        kept.insert(at, [event.time, pack(value), 1])
        self._keep_within(kept)
        return CHANGED

    def join(
        self, older: list[list[Any]], newer: list[list[Any]], ctx: UpdateContext
    ) -> list[list[Any]]:
        """All values of both; beyond what is kept, the figure is approximate as usual."""
        kept = sorted([*older, *newer], key=_INSTANT)
        self._keep_within(kept)
        return kept

    def _keep_within(self, kept: list[list[Any]]) -> None:
        if self._window is None:
            self._shorten(kept, 1)
        else:
            del kept[: bisect_left(kept, kept[-1][0] - self._window, key=_INSTANT)]
            self._shorten(kept, self.keep)

    def _shorten(self, kept: list[list[Any]], most: int) -> None:
        while len(kept) > most:
            (_, one, count), (instant, other, more) = kept[:2]
            first, second = unpack(one), unpack(other)
            assert first is not None
            assert second is not None
            if self._figure == "sum":
                merged = add(first, second)
            else:
                merged = min(first, second) if self._figure == "min" else max(first, second)
            digits = SUM_DIGITS if most == 1 else DIGITS
            kept[:2] = [[instant, pack(merged, digits), count + more]]

    def complete_from(self, kept: Sequence[list[Any]]) -> int:
        """From which instant on each value is an entry of its own; -FOREVER: all are."""
        complete = -FOREVER
        if kept and kept[0][2] > 1:
            complete = int(kept[0][0]) + 1
        if kept and self._window is not None:
            complete = max(complete, int(kept[-1][0]) - self._window)
        return complete

    def total(self, state: Any) -> Number | None:
        """The sum of those above 0; None where there are no values."""
        if state is None:
            return None
        most: Number = 0
        for _, packed, _ in state:
            value = unpack(packed)
            if value is not None and value > 0:
                most = add(most, value)
        return most


class DistinctValues(Feature):
    """The different scalars of a field, each with the instant it was last seen at.

    State: a list of ``[instant, value…]``, ascending; of all time, or of a window. Of more than
    1,000 (of a key fewer), and than the ``needed`` ones, the one seen longest ago is forgotten.
    """

    def __init__(
        self,
        field: str,
        types: tuple[str, ...] | None,
        where: Where | None,
        window: int | None,
        needed: int = 1,
    ) -> None:
        self.keep = max(MAX_VALUES, needed)
        self._needed = needed
        self._path = tuple(field.split("."))
        self.types = types
        self.where = where
        self._window = window

    @property
    def events(self) -> tuple[Any, ...]:
        return events_of_types(self)

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("distinct", self._path, self.types, self.where.text if self.where else "")

    @property
    def id(self) -> str:
        return f"{self.column_key!r} window={self._window}"

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        window = (
            ""
            if self._window is None
            else (f"; one not seen for {format_duration(self._window)} before the last goes")
        )
        return Memory(
            what=f"of {events_of(self.types, self.where)}: the different values of "
            f"`{'.'.join(self._path)}`, and when each was last seen, at most {self.keep:,} of "
            "them",
            until=f"beyond that the one not seen for longest goes{window}",
            typical=1 + USUAL * (1 + INSTANT_BYTES + 2 + 8),
            most=LIST_BYTES + self.keep * (1 + INSTANT_BYTES + 2 + 2 + _MAX_SCALAR),
            approximate=f"counts {self.keep:,} at most; a value of more than {_MAX_SCALAR} bytes "
            "is kept as a hash",
        )

    def widen(self, other: DistinctValues) -> None:
        self._needed = max(self._needed, other._needed)
        self.keep = max(self.keep, other.keep)
        self._window = wider(self._window, other._window)

    def divide(self, keys: int) -> None:
        self.keep = max(self._needed, most_values(keys))

    def complete_from(self, kept: Sequence[list[Any]]) -> int:
        """Of a value only the last time is remembered, so no event is sure to have a place."""
        return FOREVER

    def is_full(self, kept: Sequence[list[Any]]) -> bool:
        """Whether values may have been forgotten for want of room."""
        return len(kept) >= self.keep

    def reads(self) -> list[str]:
        return [".".join(self._path), *super().reads()]

    def readable(self, state: Any) -> Any:
        return [{"last_at": moment(at), "value": _told(kind, value)} for at, kind, value in state]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        value = field_at(event.data, self._path)
        if value is None or isinstance(value, list | dict):
            return UNCHANGED
        kept: list[list[Any]] = states.setdefault(column, [])
        self._put(kept, [event.time, *_scalar(value)])
        return CHANGED

    def join(
        self, older: list[list[Any]], newer: list[list[Any]], ctx: UpdateContext
    ) -> list[list[Any]]:
        """Each value with the later instant."""
        kept = older[:]
        for entry in newer:
            self._put(kept, entry[:])
        return kept

    def _put(self, kept: list[list[Any]], entry: list[Any]) -> None:
        """Put a value where it belongs, last seen at its instant or later."""
        for index, known in enumerate(kept):
            if known[1:] == entry[1:]:
                entry[0] = max(entry[0], known[0])
                del kept[index]
                break
        kept.insert(bisect_right(kept, entry[0], key=_INSTANT), entry)
        if self._window is not None:
            del kept[: bisect_right(kept, kept[-1][0] - self._window, key=_INSTANT)]
        if len(kept) > self.keep:
            del kept[: len(kept) - self.keep]


def most_values(keys: int) -> int:
    """How many values are kept of each of so many keys; of a few as many as without keys."""
    return max(_LEAST, min(MAX_VALUES, _OF_ALL_KEYS // keys))


def _told(kind: str, value: Any) -> Any:
    """The scalar that ``_scalar`` was given; of a long one its hash."""
    if kind == "n":
        return unpack(value)
    return {"hash": value.hex()} if type(value) is bytes else value


def _scalar(value: Any) -> list[Any]:
    """A form in which equal scalars, and only those, are equal: 1 and 1.0, but not true."""
    if is_number(value):
        whole = int(value)
        kind, text = "n", str(whole) if whole == value else str(value.normalize())
    elif isinstance(value, bool):
        return ["b", value]
    else:
        kind, text = "t", value
    if len(text) * 4 > _MAX_SCALAR and len(text.encode()) > _MAX_SCALAR:
        return [kind + "h", xxhash.xxh3_128_digest(text.encode())]
    return [kind, text]
