"""Sums over the members of segments as of an instant: figures that time alone changes, for all
contacts at once, so that they cannot be counted at events.
"""

from __future__ import annotations

from typing import Final

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contacts.contact import SLOTS, Contact
from streamseg.core.counting.figures import Sums
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.money import plus
from streamseg.core.counting.terms import Summing
from streamseg.core.segments.segment import Segment

_CENT: Final = 2  # decimals of what a contact's orders are worth
PREDICTION_COSTS: Final = 10  # as much as to look at so many contacts

BySegment = dict[str, Sums]


class SumsTaker:
    """Adds up figures of contacts, and stores the sums in a ``ledger``."""

    def __init__(self, summing: Summing, segments: list[Segment], ledger: Ledger) -> None:
        self.text = summing.text
        self._worth = summing.worth
        self._labels = summing.scores
        self._segments = [one for one in segments if not one.is_instant]
        self._ledger = ledger

    def add(self, contact: Contact, instant: int, sums: BySegment) -> int:
        """Add a contact, which is evaluated up to the instant. Returns the cost, in contacts."""
        mine = [one for one in self._segments if _is_in(contact, one)]
        if not mine:
            return 0
        ctx = EvalContext().look_at(contact)
        ctx.instant = instant
        of_one = Sums(instant, 1)
        self._predict(ctx, instant, of_one)
        self._score(ctx, instant, of_one)
        for segment in mine:
            found = sums.get(segment.name)
            if found is None:
                found = sums[segment.name] = Sums(instant)
            _add(found, of_one)
        return PREDICTION_COSTS * of_one.predicted

    def _predict(self, ctx: EvalContext, instant: int, sums: Sums) -> None:
        worth, contact = self._worth, ctx.contact
        if worth is None or contact is None:
            return
        contact.decode_features([worth.column])
        past = worth.past(ctx)
        if past is None or ctx.known_since(worth.column, False) is not None:
            return
        curve = worth.curve(ctx, past)
        silence = curve.told_after(max(instant - past.last, 0))
        sums.predicted = 1
        sums.worth = worth.predictor.told(curve, silence, _CENT)

    def _score(self, ctx: EvalContext, instant: int, sums: Sums) -> None:
        for label in self._labels:
            if ctx.contact is not None:
                ctx.contact.decode_features(label.columns)
            scores = label.scores(ctx, instant)
            if scores is None:
                continue
            found = {"recency": scores.recency, "frequency": scores.frequency}
            if label.has_sums:
                found["monetary"] = scores.monetary
            most = label.scores_of_each
            sums.scores[label.name] = {
                dimension: [int(score == one) for one in range(1, most + 1)]
                for dimension, score in found.items()
            }

    def note(self, sums: BySegment, instant: int) -> None:
        """Store the sums; segments without members have none."""
        for segment in self._segments:
            size = self._ledger.running_size(segment.name)
            size.sums = sums.get(segment.name) or Sums(instant)


def _is_in(contact: Contact, segment: Segment) -> bool:
    """Whether a contact is in a segment, for any key."""
    if segment.per is None:
        return segment.holds_in(contact.slots)
    for key in list(contact.keys.get(segment.key_group, ())):
        state = contact.key(segment.key_group, key)
        if state is not None and segment.holds_in(state[SLOTS]):
            return True
    return False


def _add(into: Sums, one: Sums) -> None:
    into.contacts += one.contacts
    into.predicted += one.predicted
    into.worth = plus(into.worth, one.worth)
    for label, dimensions in one.scores.items():
        known = into.scores.setdefault(label, {})
        for dimension, counts in dimensions.items():
            former = known.get(dimension)
            if former is None:
                known[dimension] = list(counts)
            else:
                known[dimension] = [a + b for a, b in zip(former, counts, strict=True)]
