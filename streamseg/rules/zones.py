"""Zones in a rule file; their rules are read whole from the pinned `tzdata` package."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

from streamseg.core.values.zones import Zone, Zones
from streamseg.rules.document import Node
from streamseg.rules.reading import JsonSchema, Kind, Scope


@cache
def known_zones() -> Zones:
    """All zones of the installed `tzdata`, links included. No file is read after this."""
    package = files("tzdata")
    rules = {}
    for name in (package / "zones").read_text().split():
        with package.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            rules[name] = ZoneInfo.from_file(file, name)
    return Zones(tzdata.IANA_VERSION, rules)


class ZoneKind(Kind):
    """The IANA name of a zone, or an offset; read as a Zone."""

    sample = "Europe/Kyiv"

    def read(self, node: Node, scope: Scope) -> Zone:
        name = node.value
        if not isinstance(name, str) or not name:
            raise scope.fail(node, f"must be a zone such as Europe/Kyiv, not {node.kind}")
        zone = known_zones().find(name)
        if zone is None:
            near = get_close_matches(name.casefold(), known_zones().names, n=1)
            hint = f"did you mean `{near[0]}`? " if near else ""
            allowed = "an IANA name such as Europe/Kyiv, or an offset such as +02:00"
            raise scope.fail(node, f"no zone {name!r}; {hint}allowed: {allowed}")
        return zone

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1, "title": "a zone"}

    def written(self, value: Any) -> str:
        return str(value.name)
