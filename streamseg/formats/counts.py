"""Counters as JSON objects: lines of a replay, and values of the topic of statistics.

What is 0 is left out; sums of money are texts of decimals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from streamseg.core.counting.figures import (
    NO_VARIANT,
    Cohort,
    CountRecord,
    Day,
    Figures,
    Size,
    Sums,
)
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.terms import month_text
from streamseg.core.values.dates import day_text
from streamseg.core.values.timestamps import format_time

Line = dict[str, Any]
_encode = msgspec.json.Encoder().encode


def lines_of(ledger: Ledger, segments: Sequence[str]) -> Iterator[Line]:
    """All that is counted: sizes, then days by segment and variant, then cohorts, then moves.

    Segments come in their order; those that are not among them come last, by name.
    """
    sizes = ledger.sizes
    for segment in segments:
        yield size_line(segment, sizes.get(segment, Size()))
    days = list(ledger.days())
    known = {segment for day in days for segment in day.figures}
    for segment in [*segments, *sorted(known.difference(segments))]:
        yield from _lines_of_segment(segment, days)
    for cohort in ledger.cohorts():
        yield from cohort_lines(cohort)
    for day in days:
        moves = nonzero_moves(day.moves)
        if moves:
            yield {"day": day_text(day.number), "lifecycle": moves}


def _lines_of_segment(segment: str, days: Sequence[Day]) -> Iterator[Line]:
    variants = {variant for day in days for variant in day.figures.get(segment, ())}
    for variant in sorted(variants):
        for day in days:
            figures = day.figures.get(segment, {}).get(variant)
            if figures is None:
                continue
            line = figures_line(segment, variant, day_text(day.number), figures)
            if line is not None:
                yield line


def size_line(segment: str, size: Size) -> Line:
    """Who is in a segment by now."""
    line: Line = {
        "segment": segment,
        "members": size.members,
        "rungs": {label: count for label, count in size.rungs.items() if count},
        "entered": size.entered,
        "exited": size.exited,
        "spent": decimal_text(size.spent),
        "census": {} if size.sums is None else {format_time(size.sums.as_of): _sums(size.sums)},
    }
    return {name: value for name, value in line.items() if value or name in _ALWAYS}


def _sums(sums: Sums) -> Line:
    """What was summed of the members; scores by label, dimension and score."""
    scores = {
        label: {
            dimension: {str(score): count for score, count in enumerate(counts, start=1) if count}
            for dimension, counts in dimensions.items()
        }
        for label, dimensions in sorted(sums.scores.items())
    }
    told: Line = {
        "contacts": sums.contacts,
        "predicted": sums.predicted,
        "clv": decimal_text(sums.worth),
        "scores": scores,
    }
    return {name: value for name, value in told.items() if value or name == "contacts"}


def figures_line(segment: str, variant: str, day: str, figures: Figures) -> Line | None:
    """What happened on a day; None where all of it was taken back."""
    counted: Line = {
        "entered": sum(figures.entered.values()),
        "exited": sum(figures.exited.values()),
        "fired": figures.fired,
        "control": figures.control,
        "suppressed": sum(figures.suppressed.values()),
        "cancelled": figures.cancelled,
        "exposures": figures.exposures,
        "converted": figures.converted,
        "revenue": decimal_text(figures.revenue),
        "revenue_squared": decimal_text(figures.revenue_squared),
        "credited": decimal_text(figures.credited),
        "late_missed": figures.late_missed,
        "entered_by": _nonzero(figures.entered),
        "exited_by": _nonzero(figures.exited),
        "suppressed_by": _nonzero(figures.suppressed),
    }
    counted = {name: value for name, value in counted.items() if value}
    if not counted:
        return None
    shown = None if variant == NO_VARIANT else variant
    return {"segment": segment, "variant": shown, "day": day, **counted}


def cohort_lines(cohort: Cohort) -> Iterator[Line]:
    """How many of the buyers who began in a month came again ``k`` months later."""
    for later, contacts in sorted(cohort.contacts.items()):
        yield {"cohort": month_text(cohort.month), "k": later, "contacts": contacts}


def encode_count(record: CountRecord, partition: int) -> tuple[bytes, bytes | None]:
    """Key and value of a record of the topic of statistics.

    The key is ``segment/partition``, with ``/day`` of a day's figures, or, of no segment,
    ``/partition/month`` of a cohort and ``/partition/day`` of that day's moves. The value is
    absolute, so a repeat changes nothing; None where the segment is gone.
    """
    month = "" if record.cohort is None else month_text(record.cohort.month)
    key = "/".join([record.segment, str(partition), *filter(None, [month or record.day])])
    value = _value_of(record, partition)
    return key.encode(), None if value is None else _encode(value)


def _value_of(record: CountRecord, partition: int) -> Line | None:
    head: Line = {"partition": partition, "at": format_time(record.at)}
    if record.cohort is not None:
        contacts = {str(later): count for later, count in sorted(record.cohort.contacts.items())}
        return {"cohort": month_text(record.cohort.month), **head, "contacts": contacts}
    if record.moves is not None:
        return {"day": record.day, **head, "lifecycle": nonzero_moves(record.moves)}
    terms = {"within": record.within, "zone": record.zone}
    given = {name: value for name, value in terms.items() if value is not None}
    if record.size is not None:
        return {**size_line(record.segment, record.size), **head, **given}
    if record.figures is None:
        return None
    variants = [
        figures_line(record.segment, variant, record.day, figures)
        for variant, figures in sorted(record.figures.items())
    ]
    given_variants = [
        {name: value for name, value in line.items() if name not in ("segment", "day")}
        for line in variants
        if line is not None
    ]
    named = {"segment": record.segment, "day": record.day}
    return {**named, **head, **given, "variants": given_variants}


def nonzero_moves(moves: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """How many moved, by the stage that they left and the one that they came to."""
    told = {old: _nonzero(new) for old, new in sorted(moves.items())}
    return {old: new for old, new in told.items() if new}


def decimal_text(value: Decimal) -> str:
    """A sum as a text without an exponent; empty where it is 0."""
    return f"{value:f}" if value else ""


def _nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


_ALWAYS = ("segment", "members", "entered", "exited")
