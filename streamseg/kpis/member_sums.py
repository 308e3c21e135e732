"""What the partitions summed of a segment's members as of an instant."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rich.table import Table

from streamseg.kpis.summing import Line, Segment, Summary


class MemberSums(NamedTuple):
    """The sums as of an instant, of so many partitions out of all."""

    as_of: str
    sums: Line
    partitions: int
    out_of: int


def last_member_sums(segment: Segment) -> MemberSums | None:
    """The last sums that all partitions told; where they tell of different instants, the last ones.

    None where nothing was summed.
    """
    found: dict[str, Line] = segment.size.get("census", {})
    if not found:
        return None
    told, out_of = segment.told, segment.partitions
    whole = [as_of for as_of in found if told.get(as_of) == out_of]
    as_of = max(whole or found)
    return MemberSums(as_of, found[as_of], told.get(as_of, 0), out_of)


def member_sums_table(summary: Summary, names: Sequence[str]) -> Table | None:
    """The segments of which something was summed, one a line; None where there is none."""
    found = [(name, last_member_sums(summary.segments[name])) for name in names]
    rows = [(name, one) for name, one in found if one is not None]
    if not rows:
        return None
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("segment")
    shown.add_column("as of")
    for title in ("contacts", "expected", "each"):
        shown.add_column(title, justify="right")
    shown.add_column("scores, from 1 on")
    for name, one in rows:
        shown.add_row(name, _when(one), *_figures(one.sums), _scores(one.sums))
    return shown


def _when(found: MemberSums) -> str:
    part = "" if found.partitions == found.out_of else f" ({found.partitions} of {found.out_of})"
    return f"{found.as_of[:16].replace('T', ' ')}{part}"


def _figures(sums: Line) -> tuple[str, str, str]:
    """How many there are, what they are expected to be worth, and what each of them is."""
    worth, predicted = sums.get("clv"), sums.get("predicted", 0)
    if worth is None or not predicted:
        return f"{sums['contacts']:,}", "", ""
    each = (Decimal(worth) / predicted).quantize(Decimal("0.01"))
    return f"{sums['contacts']:,}", f"{worth:,}", f"{each:,}"


def _scores(sums: Line) -> str:
    """How many have each score, by label and dimension."""
    told = [
        f"{label} {dimension[0]} {_spread(counts)}"
        for label, dimensions in sums.get("scores", {}).items()
        for dimension, counts in dimensions.items()
    ]
    return "  ".join(told)


def _spread(counts: dict[str, Any]) -> str:
    most = max(int(score) for score in counts)
    return "/".join(str(counts.get(str(score), 0)) for score in range(1, most + 1))
