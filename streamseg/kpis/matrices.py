"""Matrices: who of a month came again in later ones, and who moved from stage to stage of life."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from rich.table import Table

from streamseg.core.labels.lifecycle import NAMES
from streamseg.core.segments.derived import CUSTOMERS
from streamseg.kpis.summing import Line, Summary, add

_STAGES: Final = ("none", *NAMES)  # in the order of the label
_CUSTOMERS: Final = frozenset(NAMES) - {"prospect", "lost"}


def retention_table(cohorts: dict[str, dict[int, int]]) -> Table:
    """A line for each month in which contacts first ordered, and a column for each later month."""
    later = range(1, 1 + max((one for counts in cohorts.values() for one in counts), default=0))
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("first order")
    for title in ("buyers", *(f"+{number}" for number in later)):
        shown.add_column(title, justify="right")
    for month, counts in sorted(cohorts.items()):
        buyers = counts.get(0, 0)
        shares = [_share(counts.get(number, 0), buyers) for number in later]
        shown.add_row(month, f"{buyers:,}", *shares)
    return shown


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %" if count and of else ""


def moves_since(summary: Summary, first: str) -> Line:
    """How many moved, by the stage that they left and the one that they came to, from a day on."""
    added: Line = {}
    for day, moves in summary.moves.items():
        if day >= first:
            add(added, moves)
    return {
        old: {new: count for new, count in moves.items() if count} for old, moves in added.items()
    }


class Churn(NamedTuple):
    """How many became lost from a day on, of so many who were customers as it began."""

    lost: int
    customers: int

    @property
    def rate(self) -> float | None:
        """The share; None where there were no customers."""
        return self.lost / self.customers if self.customers > 0 else None


def churn_since(summary: Summary, first: str) -> Churn | None:
    """Churn from a day on; None where no stages of life are counted.

    Who the customers were as it began follows from who they are now, and who came and went since.
    """
    if CUSTOMERS not in summary.segments:
        return None
    counted = summary.segments[CUSTOMERS]
    since = counted.of_days({day for _, day in counted.days if day >= first})
    came = since.get("entered", 0) - since.get("exited", 0)
    moves = moves_since(summary, first)
    lost = sum(new.get("lost", 0) for old, new in moves.items() if old in _CUSTOMERS)
    return Churn(lost, counted.size.get("members", 0) - came)


def churn_text(churn: Churn) -> str:
    """Churn in one line."""
    rate = "" if churn.rate is None else f": {100 * churn.rate:.1f} %"
    return f"{churn.lost:,} lost of {churn.customers:,} who were customers then{rate}"


def lifecycle_table(moves: Line) -> Table:
    """A line for each stage that was left, and a column for each that was come to."""
    came = {new for counts in moves.values() for new in counts}
    columns = sorted(came, key=_place)
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("from \\ to")
    for name in columns:
        shown.add_column(name, justify="right")
    for old in sorted(moves, key=_place):
        shown.add_row(old, *(_number(moves[old].get(new)) for new in columns))
    return shown


def _number(count: Any) -> str:
    return f"{count:,}" if count else ""


def _place(stage: str) -> int:
    return _STAGES.index(stage) if stage in _STAGES else len(_STAGES)
