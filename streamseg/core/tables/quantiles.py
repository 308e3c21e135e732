"""Cuts between a shop's own contacts: histograms that add up in any order, and quantiles of them.

A value lies in a bin, a whole number that stands for the bin's lower edge. Histograms say how many
values lie in which bin; they add up in any order to the same. An edge is a number that people can
read: of sums two significant digits, of silence whole days, of counts the count itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from streamseg.core.values.predicates import Number
from streamseg.core.values.zones import DAY_MS

Bins = dict[int, int]  # how many values lie in each

_LEADS: Final = 90  # two digits: 10 to 99
_LEAST_EXPONENT: Final = -8  # of a sum that is told from nothing
_PLAIN: Final = 99  # the largest count whose bin is its own


class Cuts(NamedTuple):
    """The least recency (ms), number and sum of each score from the second on, ascending.

    No sums: value is the score of frequency alone.
    """

    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[Number, ...]

    def of(self, dimension: str) -> tuple[Number, ...]:
        """The cuts of a dimension, by its name."""
        if dimension == "recency":
            return self.recency
        return self.frequency if dimension == "frequency" else self.monetary


class Scale(NamedTuple):
    """How values of a kind lie in bins, and what the lower edge of a bin is."""

    bin_of: Callable[[Number], int]
    edge_of: Callable[[int], Number]


def _two_digits(value: Number) -> tuple[int, int]:
    """The first two digits of a number above 0 (10 to 99), and the exponent of the first one."""
    exact = Decimal(value)
    digits = exact.as_tuple().digits
    return digits[0] * 10 + (digits[1] if len(digits) > 1 else 0), exact.adjusted()


def _sum_bin(value: Number) -> int:
    if value <= 0:
        return 0
    lead, exponent = _two_digits(value)
    return max(0, (exponent - _LEAST_EXPONENT) * _LEADS + lead - 9)


def _sum_edge(place: int) -> Number:
    if place <= 0:
        return 0
    exponent, lead = divmod(place - 1, _LEADS)
    return _scaled(lead + 10, exponent + _LEAST_EXPONENT - 1)


def _count_bin(value: Number) -> int:
    if value <= _PLAIN:
        return int(value)
    lead, exponent = _two_digits(value)
    return _PLAIN + (exponent - 2) * _LEADS + lead - 9


def _count_edge(place: int) -> Number:
    if place <= _PLAIN:
        return place
    exponent, lead = divmod(place - _PLAIN - 1, _LEADS)
    return _scaled(lead + 10, exponent + 1)


def _scaled(lead: int, exponent: int) -> Number:
    """``lead`` times ten to ``exponent``: an integer where it is whole."""
    if exponent >= 0:
        return int(lead * 10**exponent)
    exact = Decimal(lead).scaleb(exponent)
    return int(exact) if exact == int(exact) else exact.normalize()


def _day_bin(value: Number) -> int:
    return int(value) // DAY_MS


def _day_edge(place: int) -> Number:
    return place * DAY_MS


SCALES: Final[Mapping[str, Scale]] = {
    "recency": Scale(_day_bin, _day_edge),
    "frequency": Scale(_count_bin, _count_edge),
    "monetary": Scale(_sum_bin, _sum_edge),
}


def fresh_cuts(bins: Bins, scale: Scale, scores: int) -> tuple[Number, ...]:
    """The cuts between so many scores, ascending: cut k of n is the least edge which at most
    (n - k) / n of the values reach. There must be a value. Equal values have equal scores, so cuts
    may be equal, and scores skipped.
    """
    total = sum(bins.values())
    cuts: list[Number] = []
    for k in range(1, scores):
        at_least = 0
        for place in sorted(bins, reverse=True):
            at_least += bins[place]
            if at_least * scores > total * (scores - k):
                cuts.append(scale.edge_of(place + 1))
                break
    return tuple(cuts)


def reaching(bins: Bins, scale: Scale, cut: Number) -> int:
    """How many of the values reach a cut. Where it is no edge, the bin that it lies in does not."""
    return sum([count for place, count in bins.items() if scale.edge_of(place) >= cut])


def next_cuts(
    bins: Bins, scale: Scale, old: Sequence[Number], drift: int
) -> tuple[Number, ...] | None:
    """The cuts after ``old`` ones; None where none changes.

    An old cut stays while the share that reaches it is within ``drift`` points (of 100) of what it
    is to be; if one must change and they no longer ascend, all change.
    """
    total, scores = sum(bins.values()), len(old) + 1
    fresh = fresh_cuts(bins, scale, scores)
    cuts: list[Number] = []
    for k, cut in enumerate(old, start=1):
        off = abs(reaching(bins, scale, cut) * scores - total * (scores - k))
        cuts.append(cut if off * 100 <= drift * total * scores else fresh[k - 1])
    if cuts != sorted(cuts):
        cuts = list(fresh)
    return None if tuple(cuts) == tuple(old) else tuple(cuts)


def add_bins(one: Bins, other: Bins) -> None:
    """Add the counts of a histogram to those of another."""
    for place, count in other.items():
        one[place] = one.get(place, 0) + count
