"""``favourite``: what a contact likes best of late."""

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.favourite import FavouriteIs
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.kinds import ListOf, Text
from streamseg.rules.problems import one_of
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Record


class _Name(Kind):
    """The name of favourites of the file; read as (name, feature, how many)."""

    sample = "categories"

    def read(self, node: Node, scope: Scope) -> Any:
        known = scope.value.favourites
        if not isinstance(node.value, str) or node.value not in known:
            found = node.value if isinstance(node.value, str) else ""
            allowed = one_of(found, known) if known else "say under `value.favourites` of what"
            raise scope.lack(node, f"no favourites {found!r}; {allowed}")
        return (node.value, *known[node.value])

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}

    def normal(self, value: Any) -> Any:
        return repr(value[1].column_key)


def _build(values: Mapping[str, Any]) -> FavouriteIs:
    name, feature, _ = values["favourite"]["of"]
    return FavouriteIs(name, feature, frozenset(values["favourite"]["is"]))


SPEC = ConditionSpec(
    word="favourite",
    doc="The value that the contact's events name most is the given one; recent events count "
    "more. `value.favourites` sets which events and which field count, and how fast they lose "
    "weight.",
    fields={
        "favourite": Field(
            Record(
                {
                    "of": Field(
                        _Name(), "the name of the favourites in `value.favourites`", required=True
                    ),
                    "is": Field(
                        ListOf(Text("a value"), or_one=True),
                        "a value, or a list of values",
                        required=True,
                    ),
                }
            ),
            "which favourite must be which value",
            required=True,
        )
    },
    build=_build,
    example="{favourite: {of: categories, is: [bags, shoes]}}",
    value="{favourites: {categories: {of: category, half_life: 30d}}}",
)
