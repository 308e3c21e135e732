"""The rules of zones, read whole from the pinned `tzdata` package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

from streamseg.core.zones import Zones


@cache
def known_zones() -> Zones:
    """All zones that the installed `tzdata` knows, links included. Nothing is read after this."""
    package = files("tzdata")
    rules = {}
    for name in (package / "zones").read_text().split():
        with package.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            rules[name] = ZoneInfo.from_file(file, name)
    return Zones(tzdata.IANA_VERSION, rules)
