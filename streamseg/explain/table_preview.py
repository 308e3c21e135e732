"""What the next quantile tables would be, for people and for programs."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.tables.making import cuts_of
from streamseg.core.tables.preview import LabelPreview
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.numbers import pack
from streamseg.core.values.predicates import Number
from streamseg.core.values.timestamps import format_duration, format_time

_MOST_MOVES: Final = 12  # that a person is shown


def preview_lines(preview: LabelPreview, terms: TableTerms, at: int) -> list[str]:
    """The table of a label as if its contacts were counted at an instant."""
    label, table, counted = preview.label, preview.table, preview.counted
    lines = [f"{label.name}: {counted:,} counted as of {format_time(at)}"]
    if counted < max(terms.least, 1):
        return [*lines, f"  no table is made of fewer than {terms.least:,} (`tables: least`)"]
    if table is None:
        return [*lines, "  no cut changes, so there is no new table, and nobody moves"]
    for dimension, old in preview.before.items():
        new = cuts_of(table, dimension)
        shares = "  ".join(f"{100 * one / counted:.0f} %" for one in table.reached[dimension])
        lines.append(f"  {dimension}: {_shown(dimension, old)} → {_shown(dimension, new)}")
        lines.append(f"    reached by {shares}")
    moved = sum(preview.moves.values())
    lines.append(
        f"  {preview.rescored:,} would have other scores, {moved:,} of them another name; "
        "no trigger tells that, but of segments with `on_table: fire`"
    )
    moves = _by_number(preview)
    lines += [f"    {count:>8,}  {old} → {new}" for (old, new), count in moves[:_MOST_MOVES]]
    if len(moves) > _MOST_MOVES:
        lines.append(f"              and {len(moves) - _MOST_MOVES} other moves")
    return lines


def preview_answer(preview: LabelPreview, at: int) -> dict[str, Any]:
    """The same as an object; a cut that is not whole is a text."""
    table = preview.table
    cuts = {one: [pack(cut) for cut in old] for one, old in preview.before.items()}
    return {
        "label": preview.label.name,
        "at": format_time(at),
        "contacts": preview.counted,
        "before": cuts,
        "cuts": None if table is None else table.cuts,
        "reached": None if table is None else table.reached,
        "rescored": preview.rescored,
        "moves": [
            {"from": old, "to": new, "contacts": count} for (old, new), count in _by_number(preview)
        ],
    }


def _by_number(preview: LabelPreview) -> list[tuple[tuple[str, str], int]]:
    return sorted(preview.moves.items(), key=lambda one: (-one[1], one[0]))


def _shown(dimension: str, cuts: tuple[Number, ...]) -> str:
    if dimension == "recency":
        return " ".join(format_duration(int(cut)) for cut in cuts)
    return " ".join(f"{cut:,}" for cut in cuts)
