"""Words in which several features say what they remember."""

from __future__ import annotations

from streamseg.core.predicates import Where


def events_of(types: tuple[str, ...] | None, where: Where | None = None) -> str:
    """Events of some types (None: any activity) whose data passes a test."""
    names = "any activity" if types is None else " or ".join(f"`{one}`" for one in types)
    return names if where is None else f"{names} where {where.words}"
