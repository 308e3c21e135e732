"""Which events touch a key, as far as the ids of the features of keys tell.

A layout names the features of a key group by their ids, and an id has the column key in it. So what
touched the keys of an old group is known, though its rules are not.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from streamseg.core.features.interest import EVENTS_OF
from streamseg.core.segments.key_groups import EVERY_EVENT
from streamseg.core.vocabulary import is_activity

_ANY: Final = ""  # the type of an event of any activity
_NEW_IN_CART: Final = "new in cart"  # the test of snapshots that show interest

Touching = tuple[str, str]  # the type of the events, and the text of their test
# Where a column key has the types and the text of the test.
_PLACES: Final = {"instants": (1, 2), "latest": (1, 2), "values": (3, 4), "distinct": (2, 3)}


def touching_columns(ids: Sequence[str], now: Iterable[str]) -> frozenset[int]:
    """The columns of the features ``ids`` all of whose events touch the keys of a group with the
    features ``now``.
    """
    known: set[Touching] = set()
    for one in now:
        known.update(_touching(one))
    columns: list[int] = []
    for column, one in enumerate(ids):
        events = _touching(one)
        if events and all(_is_covered(event, known) for event in events):
            columns.append(column)
    return frozenset(columns)


def _is_covered(event: Touching, known: Collection[Touching]) -> bool:
    """Whether each event of this kind is of one of the ``known`` kinds."""
    event_type, test = event
    types = [event_type, _ANY] if is_activity(event_type) else [event_type]
    return any((one, text) in known for one in types for text in (test, EVERY_EVENT))


def _touching(feature_id: str) -> list[Touching]:
    """The events of a feature of keys; empty where its id does not tell them."""
    try:
        key = literal_eval(feature_id[: feature_id.rfind(")") + 1])
    except (SyntaxError, ValueError):
        return []
    name = key[0]
    if name in _PLACES:
        types, test = _PLACES[name]
        return _of_types(key[types], key[test])
    if name == "followed":
        return _of_types(key[1], EVERY_EVENT) + _of_types(key[2], EVERY_EVENT)
    if name in ("interest", "last_interest"):
        return [
            (one, _NEW_IN_CART if one == "cart_updated" else EVERY_EVENT)
            for way in key[1]
            for one in EVENTS_OF[way]
        ]
    return []


def _of_types(types: Any, test: str) -> list[Touching]:
    return [(one, test) for one in ((_ANY,) if types is None else types)]
