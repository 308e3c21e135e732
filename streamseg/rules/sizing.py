"""Checks that the state of a contact fits into a changelog record, whatever the contact does."""

from __future__ import annotations

from typing import Final, NamedTuple

from streamseg.core.contacts.contact import MAX_BYTES
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules.document import Node
from streamseg.rules.explaining import Explanation, explain
from streamseg.rules.reading import Scope

_NAMED: Final = 5  # segments


class _Part(NamedTuple):
    """What some segments remember of a contact, and how to make it smaller."""

    most: int
    segments: list[str]
    what: str
    way_out: str


def report_size(rules: RuleSet, root: Node, scope: Scope) -> None:
    """Report rules under which a contact may outgrow a changelog record, at the segment that
    takes most of it.
    """
    found = explain(rules)
    if found.most <= MAX_BYTES:
        return
    part = max(_parts(found), key=lambda one: one.most)
    name = part.segments[0]
    place = next(
        one for one in root.at("segments").value if one.is_mapping and one.at("name").value == name
    )
    scope.report(
        place.at("max_keys", "per", "name"),
        f"a contact may take {found.most // 1000:,} kB under these rules, and no more than "
        f"{MAX_BYTES // 1000:,} kB fit into a record of the changelog; most of it, "
        f"{part.most // 1000:,} kB, is for {_named(part.segments)}: {part.what}; {part.way_out}",
    )


def _named(segments: list[str]) -> str:
    """The first of the segments by name, and the number of others."""
    shown, more = segments[:_NAMED], len(segments) - _NAMED
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _parts(found: Explanation) -> list[_Part]:
    keys = [
        _Part(
            one.memory.most,
            one.segments,
            f"up to {one.most:,} values of `{one.per}` with all that is remembered of each",
            f"give it a lower `max_keys` than {one.most:,}",
        )
        for one in found.keys
    ]
    own = [
        _Part(one.memory.most, one.segments, one.memory.what, "ask for less, or in fewer ways")
        for one in found.remembered
        if one.per is None
    ]
    stays = [one for one in found.segments if one.per is None]
    most = sum(one.membership.most for one in stays)
    names = [one.name for one in stays]
    all_stays = _Part(most, names, "whether the contact is in each of them", "have fewer segments")
    return [*keys, *own, all_stays]
