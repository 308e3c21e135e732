"""Adds up what the partitions counted: pure, records in and figures out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.policies.arms import CONTROL, HOLDOUT, MIXED
from streamseg.kpis.lift import Group, Lift, lift_of_rates, lift_of_revenue

Line = dict[str, Any]
_decode: Final = msgspec.json.Decoder().decode
_PLACE: Final = frozenset({"segment", "partition", "at", "day", "variant", "within", "zone"})
CONTROLS: Final = (HOLDOUT, CONTROL)  # variants of those who got no message, to compare with


class Segment:
    """One segment: its size by now, and the figures of each variant (None: of none) and day."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.size: Line = {}
        self.days: dict[tuple[str | None, str], Line] = {}
        self.within: int | None = None
        self.zone: str | None = None
        self.partitions = 0  # that told a size
        self.told: dict[str, int] = {}  # how many of them told sums over members, by instant
        self._terms_of = ""  # when they were told

    def take_terms(self, line: Line) -> None:
        """How long exposures are open, and whose days they are, as it was told last."""
        at = line.get("at", "")
        if "zone" in line and at >= self._terms_of:
            self.within, self.zone, self._terms_of = line.get("within"), line["zone"], at

    def of_days(self, days: Iterable[str], variants: Iterable[str | None] | None = None) -> Line:
        """The sum of some days, of all variants or of some."""
        wanted, chosen = set(days), None if variants is None else set(variants)
        added: Line = {}
        for (variant, day), line in self.days.items():
            if day in wanted and (chosen is None or variant in chosen):
                add(added, line)
        return added

    @property
    def variants(self) -> list[str | None]:
        """The variants that anything is known of; none comes first."""
        return sorted({variant for variant, _ in self.days}, key=lambda one: one or "")


class Summary:
    """All that is counted, over all partitions."""

    def __init__(self) -> None:
        self.segments: dict[str, Segment] = {}
        self.cohorts: dict[str, dict[int, int]] = {}
        self.moves: dict[str, Line] = {}  # by day: from which stage of life to which
        self.views: list[Line] = []  # of products, by partition

    def segment(self, name: str) -> Segment:
        """A segment, by its name."""
        return self.segments.setdefault(name, Segment(name))


def summed(values: Iterable[bytes]) -> Summary:
    """The sum of records, of which each is the latest of its key and partition."""
    summary = Summary()
    for value in values:
        line = _decode(value)
        if "cohort" in line:
            cohort = summary.cohorts.setdefault(line["cohort"], {})
            for later, count in line["contacts"].items():
                cohort[int(later)] = cohort.get(int(later), 0) + count
            continue
        if "lifecycle" in line:
            add(summary.moves.setdefault(line["day"], {}), line["lifecycle"])
            continue
        if "products" in line:
            summary.views.append(line)
            continue
        segment = summary.segment(line["segment"])
        segment.take_terms(line)
        if "day" in line:
            for of_variant in line["variants"]:
                place = of_variant["variant"], line["day"]
                add(segment.days.setdefault(place, {}), of_variant)
        else:
            segment.partitions += 1
            for as_of in line.get("census", ()):
                segment.told[as_of] = segment.told.get(as_of, 0) + 1
            add(segment.size, line)
    return summary


def add(into: Line, line: Line) -> None:
    """Add the figures of a line to those of another: numbers, decimals as texts, and mappings."""
    for name, value in line.items():
        if name in _PLACE:
            continue
        if isinstance(value, dict):
            add(into.setdefault(name, {}), value)
        elif isinstance(value, str):
            into[name] = into.get(name, Decimal(0)) + Decimal(value)
        else:
            into[name] = into.get(name, 0) + value


def group_of(line: Line) -> Group:
    """The exposures of a line, with conversions and revenue."""
    return Group(
        line.get("exposures", 0),
        line.get("converted", 0),
        float(line.get("revenue", 0)),
        float(line.get("revenue_squared", 0)),
    )


def lifts(segment: Segment, days: Sequence[str]) -> tuple[Lift | None, Lift | None]:
    """What messages bring more than none on these days: of the rate, and of revenue."""
    told = [one for one in segment.variants if one not in (*CONTROLS, MIXED)]
    fired = group_of(segment.of_days(days, told))
    control = group_of(segment.of_days(days, CONTROLS))
    return lift_of_rates(fired, control), lift_of_revenue(fired, control)
