"""Applies an order to the bytes of a contact's exposures."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from streamseg.core.counting.exposure_bytes import (
    BYTE,
    HEAD,
    INSTANT,
    NAME,
    SIZE,
    Fields,
    exposures_at,
    fields_of,
    instant_at,
    next_after,
    packed_instant,
    packed_size,
    packed_text,
    sized,
    spent_in,
)
from streamseg.core.counting.exposure_counter import ExposureCounter
from streamseg.core.counting.money import Amount, Sum, added, amount_of_text
from streamseg.core.counting.running import RunningFigures

MOST: Final = 16  # exposures of a contact, and orders
LATE_MS: Final = 86_400_000  # after the end of an exposure that orders which were in it still count


class Order:
    """An order that is being applied: its ``time`` and ``amount``. ``too_old``: exposures that
    began before this instant have missed it, as it arrives too late.
    """

    __slots__ = ("amount", "revenue", "time", "too_old", "within")

    def __init__(self, time: int, amount: Amount, within: int, arrival: int) -> None:
        self.time = time
        self.amount = amount
        self.revenue = packed_text(amount.text)  # of an exposure that it is the first one of
        self.within = within
        self.too_old = arrival - within - LATE_MS


def with_order(state: bytes, order: Order, counter: ExposureCounter) -> bytes:
    """The state with an order, which is counted; nothing is forgotten."""
    spent = _spent(state, order.amount, counter)
    parts = _rest_with(state, order, spent)
    _follow(state, order, counter, parts)
    return b"".join(parts)


def _follow(state: bytes, order: Order, counter: ExposureCounter, parts: list[bytes]) -> None:
    """Count an order for the exposures that are open for it, and add the bytes of all exposures to
    the parts.
    """
    time: i64 = order.time
    earliest: i64 = order.time - order.within
    too_old: i64 = order.too_old
    at: i64 = exposures_at(state)
    kept: i64 = at
    end: i64 = len(state)
    last: RunningFigures | None = None
    last_since: i64 = 0
    while at < end:
        after = next_after(state, at)
        since = instant_at(state, at + SIZE)
        if earliest <= since < time:
            fields = fields_of(state[at + NAME : after])
            running = counter.days.running(fields.segment, fields.variant, since)
            if since < too_old:
                running.late_missed += 1
            else:
                if kept < at:
                    parts.append(state[kept:at])
                _earn(state[at:after], fields, order, running, parts)
                kept = after
                if (
                    last is None
                    or since > last_since
                    or (since == last_since and counter.comes_before(running.segment, last.segment))
                ):
                    last, last_since = running, since
        at = after
    if kept < end:
        parts.append(state[kept:])
    if last is not None:
        last.credit(order.amount)


def _earn(
    exposure: bytes, fields: Fields, order: Order, running: RunningFigures, parts: list[bytes]
) -> None:
    """Count an order that follows an exposure, and add its bytes to the parts."""
    if fields.revenue is None:  # as nearly all do: their last byte says so
        running.convert(order.amount)
        parts.append(packed_size(len(exposure) - NAME - 1 + len(order.revenue)))
        parts.append(exposure[SIZE:-1])
        parts.append(order.revenue)
        return
    before = amount_of_text(fields.revenue)
    after = added(before, order.amount)
    running.convert_again(before, order.amount, after)
    revenue = after.text.decode()
    earned_again = Fields(fields.segment, fields.firings, fields.variant, revenue)
    parts.append(sized(instant_at(exposure, SIZE), earned_again))


def _spent(state: bytes, order: Amount, counter: ExposureCounter) -> bytes:
    """The text of what the contact has spent with an order."""
    before = spent_in(state)
    after = order
    if before is None or not before.units:
        counter.order(order.units, order.decimals)
    else:
        after = added(before, order)
        more = Sum()
        more.add(after.units, after.decimals)
        more.add(-before.units, before.decimals)
        counter.order(more.units, more.decimals)
    return b"" if after.text == b"0" else after.text


def _rest_with(state: bytes, order: Order, spent: bytes) -> list[bytes]:
    """The parts of what is before the exposures, with an order."""
    count_at: i64 = HEAD + state[HEAD - 1]
    first: i64 = count_at + 1
    begin: i64 = exposures_at(state)
    count = state[count_at]
    place = first
    for _ in range(count):  # the last one comes first
        if instant_at(state, place) <= order.time:
            break
        width: i64 = state[place + INSTANT]
        place += INSTANT + 1 + width
    text = order.amount.text
    moved_to = HEAD + len(spent) + 1 + (begin - first) + INSTANT + 1 + len(text)
    return [
        BYTE[moved_to >> 8], BYTE[moved_to & 255], BYTE[len(spent)], spent, BYTE[count + 1],
        state[first:place], packed_instant(order.time), BYTE[len(text)], text, state[place:begin],
    ]  # fmt: skip


def is_to_forget(state: bytes, time: int, within: int) -> bool:
    """Whether exposures or orders are to be forgotten at the instant of an order, which the state
    has already.
    """
    at: i64 = exposures_at(state)
    end: i64 = len(state)
    since: i64 = time - within - LATE_MS
    count_at: i64 = HEAD + state[HEAD - 1]
    oldest: i64 = instant_at(state, count_at + 1) - within
    if at < end:
        began = instant_at(state, at + SIZE)
        if began < since:
            return True
        oldest = min(oldest, began)
    exposures = 0
    while at < end:
        exposures += 1
        at = next_after(state, at)
    orders = state[count_at]
    place: i64 = count_at + 1
    for _ in range(orders - 1):
        width: i64 = state[place + INSTANT]
        place += INSTANT + 1 + width
    return instant_at(state, place) <= oldest or max(orders, exposures) > MOST
