"""Bounds that exclude each other: no value can pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from streamseg.core.values.predicates import Comparison, is_number
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Compared, Uses, comparisons_in, fields_of

_BEYOND: Final = "￿"  # a text that begins with another one and this comes late
_MOST: Final = 10**9
_EVENTS: Final = ("did", "where", "within")
Range = tuple[int, int]


def excluded(uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Comparisons that nothing passes: each by itself, and those that `all` puts together."""
    for segment in uses:
        for one in segment.compared:
            if not can_pass([one]):
                yield one.node, f"nothing passes {_shown([one])}: {_way_out([one])}"
        if "when" in segment.fields:
            yield from _in_all(segment.fields["when"])


_WAY_OUT: Final = "the bounds exclude each other; change one of them"
_WHOLE: Final = "it is a whole number from 0 up; ask for one"


def can_pass(together: Sequence[Compared]) -> bool:
    """Whether some value, or a missing one, passes all of these comparisons."""
    values = _whole_numbers if together[0].kind == "whole" else _candidates
    return _passes(together, values(_operands(together)))


def _passes(together: Sequence[Compared], values: Iterable[Any]) -> bool:
    asked = [Comparison(_plain(one)) for one in together]
    return any(all(test(value) for test in asked) for value in values)


def _way_out(together: Sequence[Compared]) -> str:
    is_whole = together[0].kind == "whole"
    return _WHOLE if is_whole and _passes(together, _candidates(_operands(together))) else _WAY_OUT


def _in_all(node: Node) -> Iterator[tuple[Node, str]]:
    fields = fields_of(node)
    for word in ("all", "any"):
        for part in fields[word].value if word in fields else ():
            yield from _in_all(part)
    if "not" in fields:
        yield from _in_all(fields["not"])
    if "all" in fields:
        parts = [fields_of(part) for part in fields["all"].value]
        yield from _together(parts)
        yield from _counts(parts)


def _together(parts: Sequence[Mapping[str, Node]]) -> Iterator[tuple[Node, str]]:
    """Comparisons of one value in several parts of `all`."""
    by_subject: dict[tuple[object, ...], list[Compared]] = {}
    for part in parts:
        for one in comparisons_in(part):
            same = by_subject.setdefault(one.subject, [])
            if can_pass([one]):
                if same and not can_pass([*same, one]):
                    both = [*same, one]
                    yield one.node, f"nothing passes {_shown(both)}: {_way_out(both)}"
                same.append(one)


def _counts(parts: Sequence[Mapping[str, Node]]) -> Iterator[tuple[Node, str]]:
    """Numbers of the same events in several parts of `all`."""
    before: dict[str, Range] = {}
    for part in parts:
        counted = _counted(part)
        if counted is None:
            continue
        node, events, (least, most) = counted
        low, high = before.get(events, (0, _MOST))
        before[events] = least, most = max(low, least), min(high, most)
        if least > most and low <= high:
            what = node.value if isinstance(node.value, str) else "these events"
            times = f"at least {least} and at most {most} times"
            yield node, f"nobody did {what} {times} in the same time: {_WAY_OUT}"


def _counted(part: Mapping[str, Node]) -> tuple[Node, str, Range] | None:
    """The events that a part counts, and how many there must be; None where it counts none."""
    if "not" in part:
        inner = _counted(fields_of(part["not"]))
        if inner is None:
            return None
        node, events, (least, most) = inner
        if most == _MOST:
            return node, events, (0, least - 1)
        return (node, events, (most + 1, _MOST)) if least == 0 else None
    if "did" not in part:
        return None
    least = part["at_least"].value if "at_least" in part else int("at_most" not in part)
    most = part["at_most"].value if "at_most" in part else _MOST
    events = str([part[name].plain() if name in part else None for name in _EVENTS])
    return part["did"], events, (least, most)


def _plain(one: Compared) -> dict[str, Any]:
    return {name: node.plain() for name, node in one.operands.items()}


def _operands(together: Sequence[Compared]) -> list[tuple[str, Any]]:
    return [(name, value) for one in together for name, value in _plain(one).items()]


def _shown(together: Sequence[Compared]) -> str:
    bounds = " and ".join(f"`{name}: {_text(value)}`" for name, value in _operands(together))
    return f"{bounds} of {together[0].name}"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalars(operands: Iterable[tuple[str, Any]]) -> list[Any]:
    return [
        each for _, value in operands for each in (value if isinstance(value, list) else [value])
    ]


def _whole_numbers(operands: Sequence[tuple[str, Any]]) -> Iterator[int]:
    """Whole numbers, one in each gap between the operands, and those beside them."""
    count = len(_scalars(operands)) + 1
    for value in _scalars(operands):
        if is_number(value):
            for step in range(-count, count + 1):
                if int(value) + step >= 0:
                    yield int(value) + step


def _candidates(operands: Sequence[tuple[str, Any]]) -> Iterator[Any]:
    """Values of which one passes operators with these operands, if any value does."""
    scalars = _scalars(operands)
    yield from (None, True, False, *scalars)
    if any(name in ("eq", "in") for name, _ in operands):
        return
    # Beside a bound there must be one more value than there are that must not be equal.
    more = range(1, len(scalars) + 2)
    numbers = sorted({Decimal(one) for one in scalars if is_number(one)})
    for low, high in pairwise(numbers):
        yield from (low + (high - low) * part / (len(more) + 1) for part in more)
    yield from (value for one in numbers for part in more for value in (one - part, one + part))
    bounds = [value for name, value in operands if name not in ("ne", "not_in", "exists")]
    texts = ["", *(one for one in bounds if isinstance(one, str))]
    for beginning in texts:
        for part in texts:
            for between in ("", "\0", _BEYOND):
                yield from (f"{beginning}{between}{part}" + "\0" * end for end in (0, *more))
    yield [value for name, value in operands if name == "contains"]
