"""Words that the sentences of several conditions share."""

from __future__ import annotations

from streamseg.core.values.predicates import Where


def events_text(types: tuple[str, ...] | None, where: Where | None) -> str:
    """Event types (None: any activity) and what is asked of their data, for a sentence."""
    names = "any activity" if types is None else " or ".join(types)
    return f"{names} with {where.words}" if where is not None else names


def bounds_text(least: int, most: int | None) -> str:
    """How many there must be, for a sentence."""
    if most is None:
        return f"at least {least}"
    if most == least:
        return f"exactly {least}"
    return f"{least} to {most}" if least else f"at most {most}"
