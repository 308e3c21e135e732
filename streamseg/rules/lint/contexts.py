"""A path that the context of a trigger never has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from streamseg.rules.contexts import CART, EVENT, is_known
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Uses, fields_of, listed
from streamseg.rules.segment import context_paths
from streamseg.rules.templates.base import templates


def never_in_context(uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Paths of `context` that are in no context of the segment."""
    for segment in uses:
        trigger = segment.fields.get("trigger")
        asked = fields_of(trigger).get("context") if trigger is not None else None
        own = _own(segment)
        for node in listed(asked) if asked is not None else ():
            path = str(node.value)
            if not is_known(path, own):
                yield node, f"`{path}` is never in the context; {_way_out(path, own)}"


def _own(segment: Uses) -> tuple[str, ...]:
    fields = segment.fields
    if "use" in fields:
        return templates()[str(fields["use"].value)].context
    per = str(fields["per"].value) if "per" in fields else None
    return context_paths(per, is_instant="on" in fields)


def _way_out(path: str, own: Sequence[str]) -> str:
    shown = list(dict.fromkeys([*own, *EVENT, *CART, "attributes.*", "favourites.*"]))
    near = get_close_matches(path, shown, n=1)
    there = ", ".join(one.replace("*", "…") for one in shown)
    return f"{f'did you mean `{near[0]}`? ' if near else ''}there is: {there}"
