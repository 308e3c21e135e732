"""The most viewed products of a shop, by the counts of all partitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.table import Table

from streamseg.core.features.favourites import LAST, VALUE, Entry, add_to, ranked, score
from streamseg.core.values.timestamps import format_time, parse_time
from streamseg.kpis.summing import Line


class Viewed(NamedTuple):
    """A product, its score, when it was viewed last, and its rank, from 1 on."""

    rank: int
    product: str
    score: int
    last: str

    def as_json(self) -> dict[str, Any]:
        """A line, as a replay writes it."""
        line = self._asdict()
        return {"most_viewed": line.pop("rank"), **line}


class Ranking(NamedTuple):
    """The first products by now; ``is_approximate``: some were forgotten that might count."""

    viewed: list[Viewed]
    is_approximate: bool


def ranking(lines: Sequence[Line], now: int) -> Ranking:
    """The first products of what partitions told, as many as the one that told last wants.

    Where it tells of another half-life than the rest, only those count that have the same.
    """
    if not lines:
        return Ranking([], is_approximate=False)
    last = max(lines, key=lambda line: (line["at"], line["partition"]))
    same = [line for line in lines if line["half_life"] == last["half_life"]]
    period = max([now // last["half_life"], *(line["period"] for line in same)])
    entries = ranked(_added(same), period)[: last["top"]]
    viewed = [
        Viewed(rank, entry[VALUE], score(entry, period), format_time(entry[LAST]))
        for rank, entry in enumerate(entries, start=1)
    ]
    return Ranking(viewed, any(line["approximate"] for line in same))


def _added(lines: Sequence[Line]) -> list[Entry]:
    """The counts of each product, of all partitions."""
    entries: dict[str, Entry] = {}
    for line in lines:
        for told in line["products"]:
            name = told["product"]
            entry = [name, parse_time(told["last"]), told["latest"], told["views"]]
            if name in entries:
                add_to(entries[name], entry)
            else:
                entries[name] = entry
    return list(entries.values())


def viewed_table(found: Ranking) -> Table:
    """The products, one a line."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("", justify="right")
    shown.add_column("product")
    shown.add_column("score", justify="right")
    shown.add_column("last viewed")
    for one in found.viewed:
        last = one.last[:16].replace("T", " ")
        shown.add_row(str(one.rank), one.product, f"{one.score:,}", last)
    return shown
