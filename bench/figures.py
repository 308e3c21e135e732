"""Figures that survive a noisy machine: spreads over rounds, ratios within a round, percentiles.

Everything that is compared is measured in turns (a, b, a, b, …) in one run, and a ratio is always
that of two neighbours in time: what slows the machine down for a while slows both.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from streamseg.core.compiled import IS_COMPILED

DEFAULT_FOLDER = Path("build/bench")


@dataclass(frozen=True)
class Spread:
    """The least, the middle and the greatest of what the rounds gave."""

    min: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of one figure a round."""
        return cls(min(values), median(values), max(values))

    def show(self, form: str = ",.2f") -> str:
        """`least / middle / greatest`, each in this format."""
        return " / ".join(format(one, form) for one in (self.min, self.median, self.max))


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """The spread of the quotients, round by round."""
    return Spread.of([one / other for one, other in zip(above, below, strict=True)])


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not exceed; nearest rank.

    Raises ValueError without values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile of nothing")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Report:
    """Prints figures as they come, and writes all of them as JSON at the end."""

    def __init__(self, name: str, path: Path | None) -> None:
        self._path = path or DEFAULT_FOLDER / f"{name}.json"
        self._document: dict[str, Any] = {
            "bench": name,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {
                "python": platform.python_version(),
                "compiled": IS_COMPILED,
                "cpus": psutil.cpu_count(),
                "load": round(psutil.getloadavg()[0], 2),
            },
            "figures": {},
        }
        if not IS_COMPILED:
            print(f"{name}: the engine runs as Python; `make bench` compiles it", flush=True)

    def note(self, line: str) -> None:
        """Progress, for whoever watches."""
        print(f"  {line}", flush=True)

    def put(self, name: str, value: Any, unit: str = "", form: str = ",.2f") -> None:
        """Record a figure: a number, a Spread, or plain data that is not printed."""
        self._document["figures"][name] = asdict(value) if isinstance(value, Spread) else value
        if isinstance(value, Spread):
            print(f"{name:<58} {value.show(form)} {unit}".rstrip(), flush=True)
        elif isinstance(value, int | float):
            print(f"{name:<58} {format(value, form)} {unit}".rstrip(), flush=True)

    def judge(self, name: str, value: float, *, at_least: float = 0, at_most: float = 0) -> None:
        """Say how a figure stands to its bound; one of the two bounds is given."""
        good = value >= at_least if at_least else value <= at_most
        bound = f">= {at_least:g}" if at_least else f"<= {at_most:g}"
        self._document.setdefault("bounds", {})[name] = {
            "value": value,
            "bound": bound,
            "met": good,
        }
        print(f"{name:<58} {value:,.2f} ({bound}: {'met' if good else 'NOT MET'})", flush=True)

    def write(self) -> None:
        """Write the JSON."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._document, indent=1) + "\n", encoding="utf-8")
        print(f"written: {self._path}", flush=True)


def arguments(doc: str | None, rounds: int = 3) -> argparse.ArgumentParser:
    """The command line that all benches share."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=rounds, help="how often each is measured")
    parser.add_argument("--json", type=Path, help="where the figures go (build/bench/NAME.json)")
    return parser
