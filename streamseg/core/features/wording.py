"""Words in which several features say what they remember."""

from __future__ import annotations

from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_time


def events_of(types: tuple[str, ...] | None, where: Where | None = None) -> str:
    """Events of some types (None: any activity) whose data passes a test."""
    names = "any activity" if types is None else " or ".join(f"`{one}`" for one in types)
    return names if where is None else f"{names} where {where.words}"


def moment(instant: int | None) -> str | None:
    """An instant as a person reads it: RFC 3339 in UTC; None where there is none."""
    return None if instant is None else format_time(instant)


def moments(instants: list[int]) -> list[str | None]:
    """Instants as a person reads them, in their order."""
    return [moment(one) for one in instants]
