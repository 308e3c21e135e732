"""Names that are close to known ones: event types, fields, attributes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from streamseg.core.vocabulary import CONTACT_SHAPES, ITEM
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import ANY, FieldUse, Types, Uses, known_fields

_WORD: Final = re.compile(r"[^\W_]+")
_CAPITAL: Final = re.compile(r"([a-z])([A-Z])")
_DIGIT: Final = re.compile(r"\d")
_ENDING: Final = re.compile(r"s|es|d|ed|[a-z]ed|ing|[a-z]ing")
Found = Iterator[tuple[Node, str]]
Named = tuple[str, Node]


def misspelt(uses: Sequence[Uses]) -> Found:
    """Types, fields and attributes that are probably meant to be others."""
    yield from _types([one for segment in uses for one in segment.types])
    yield from _fields([use for segment in uses for use in segment.data])
    for segment in uses:
        for use in segment.items:
            yield from _item(use)
        yield from _key(segment)
    yield from _odd_ones([one for segment in uses for one in segment.attributes], "attribute")


def _types(types: Sequence[Named]) -> Found:
    known = (*CONTACT_SHAPES, ANY)
    custom = []
    for name, node in types:
        close = _closest(name, known)
        if close is not None:
            what = f"no event type {name!r} is known, so it is one of your own"
            yield node, f"{what}; did you mean `{close}`?"
        elif name not in known:
            custom.append((name, node))
    yield from _odd_ones(custom, "event type")


def _fields(uses: Sequence[FieldUse]) -> Found:
    own: dict[Types, list[Named]] = {}
    for use in uses:
        known, name = known_fields(use.types), _first(use.path)
        close = _closest(name, known)
        if close is not None:
            types = " or ".join(use.types)
            yield use.node, f"{name!r} is no field of {types}; did you mean `{close}`?"
        elif name not in known:
            own.setdefault(use.types, []).append((use.path, use.node))
    for named in own.values():
        yield from _odd_ones(named, "field")


def _item(use: FieldUse) -> Found:
    if _first(use.path) not in ITEM.kinds:
        fields = ", ".join(ITEM.kinds)
        close = _closest(_first(use.path), ITEM.kinds)
        hint = f"did you mean `{close}`? " if close else ""
        yield (
            use.node,
            f"{use.path!r} is not remembered of an item of a cart; {hint}there is: {fields}",
        )


def _key(segment: Uses) -> Found:
    per = segment.fields.get("per")
    if per is None:
        return
    known = known_fields(name for name, _ in segment.types)
    close = _closest(str(per.value), known)
    if close is not None:
        yield per, f"{per.value!r} is no field of these events; did you mean `{close}`?"


def _odd_ones(named: Sequence[Named], what: str) -> Found:
    """Names close to another one of the file that stands there more often, or before."""
    counts = Counter(name for name, _ in named)
    order = {name: place for place, name in reversed(list(enumerate(name for name, _ in named)))}
    for name, node in named:
        others = [
            other
            for other in counts
            if (-counts[other], order[other]) < (-counts[name], order[name])
            and is_close(name, other)
        ]
        if others:
            what_else = f"`{others[0]}`, which this file uses, too"
            yield node, f"the {what} {name!r} is nearly {what_else}; are they one?"


def _first(path: str) -> str:
    return path.partition(".")[0]


def _closest(name: str, known: Iterable[str]) -> str | None:
    names = list(known)
    return None if name in names else next((one for one in names if is_close(name, one)), None)


def is_close(one: str, other: str) -> bool:
    """Whether two names are probably meant to be one: a letter or an ending differs.

    Numbers that differ are two names (`address1`, `address2`), and so is a word with a syllable
    before it (`reviewed`, `viewed`).
    """
    if one == other:
        return False
    words, others = _words(one), _words(other)
    if "".join(words) == "".join(others):
        return True
    if len(words) != len(others):
        return False
    return all(a == b or _are_close(a, b) for a, b in zip(words, others, strict=True))


@lru_cache(maxsize=10_000)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case; a capital in its middle begins one."""
    return tuple(_WORD.findall(_CAPITAL.sub(r"\1_\2", name).lower()))


def _are_close(one: str, other: str) -> bool:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    beyond = len(long) - len(short)
    if len(short) < 4 or beyond > 3:
        return False
    if long.startswith(short) and _ENDING.fullmatch(long[len(short) :]):
        return True
    if beyond > 1 and long.endswith(short):
        return False
    if len(long) == 4:
        return sorted(short) == sorted(long)  # of short words a letter makes another: cart, card
    allowed = 2 if len(short) > 6 else 1
    if beyond > allowed or len(set(short) ^ set(long)) > 2 * allowed:
        return False
    if _DIGIT.sub("", short) == _DIGIT.sub("", long):
        return False
    return _distance(short, long) <= allowed


def _distance(one: str, other: str) -> int:
    """How many letters are added, left out, changed or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
