"""Makes a failing case small: leaves out whatever can go while it still fails."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from .driver import Case

Path = tuple[Any, ...]


def parts(tree: Any, path: Path = ()) -> Iterator[Path]:
    """The places of everything in nested mappings and lists, the outermost first."""
    if path:
        yield path
    names = (
        list(tree) if isinstance(tree, dict) else range(len(tree) if isinstance(tree, list) else 0)
    )
    for name in names:
        yield from parts(tree[name], (*path, name))


def at(tree: Any, path: Path) -> Any:
    for name in path:
        tree = tree[name]
    return tree


def without(tree: Any, path: Path) -> Any:
    """The tree but for one part."""
    rest = deepcopy(tree)
    del at(rest, path[:-1])[path[-1]]
    return rest


def lifted(tree: Any, path: Path) -> Any:
    """The tree with a condition of `all`, `any` or `not` in the place of the whole."""
    rest = deepcopy(tree)
    part = at(rest, path)
    above = path[:-2] if isinstance(path[-1], int) else path[:-1]
    outer = at(rest, above[:-1])
    outer[above[-1]] = part
    return rest


def smaller_rules(rules: Any) -> Iterator[Any]:
    for path in parts(rules):
        yield without(rules, path)
        if isinstance(at(rules, path), dict) and len(path) > 3 and path[-1] != "with":
            yield lifted(rules, path)


def smaller(case: Case) -> Iterator[Case]:
    """Cases that are a little smaller."""
    for n in range(len(case.events)):
        yield replace(case, events=[*case.events[:n], *case.events[n + 1 :]])
    for rules in smaller_rules(case.rules):
        yield replace(case, rules=rules)
    for n, event in enumerate(case.events):
        for path in parts(event.get("data", {})):
            event_then = event | {"data": without(event["data"], path)}
            yield replace(case, events=[*case.events[:n], event_then, *case.events[n + 1 :]])
        if "id" in event:
            event_then = {name: value for name, value in event.items() if name != "id"}
            yield replace(case, events=[*case.events[:n], event_then, *case.events[n + 1 :]])
    if case.lateness != "0s":
        yield replace(case, lateness="0s")
    last = max((event["time"] for event in case.events), default=0)
    if case.until > last:
        yield replace(case, until=last)


def smallest(case: Case, fails: Callable[[Case], bool]) -> Case:
    """A case that fails, of which nothing can be left out."""

    def still_fails(candidate: Case) -> bool:
        try:
            return fails(candidate)
        except Exception:  # noqa: BLE001 - what was left out may be what makes it valid
            return False

    while True:
        found = next((candidate for candidate in smaller(case) if still_fails(candidate)), None)
        if found is None:
            return case
        case = found
