"""What a metric is: its name, kind and labels, and what to do when it looks wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram", "info"]
PLACE: Final = ("topic", "partition")


@dataclass(frozen=True)
class Metric:
    """One metric.

    `name` is what a query asks for: with the unit, and `_total` for a counter, `_info` for an
    info. `help` is its one sentence in the scrape; `off` says what to do when it looks wrong.
    """

    name: str
    kind: Kind
    unit: str  # seconds, bytes, ratio; empty for a plain number
    labels: tuple[str, ...]
    help: str
    off: str

    @property
    def family(self) -> str:
        """The name without the suffix that the exposition adds."""
        return self.name.removesuffix({"counter": "_total", "info": "_info"}.get(self.kind, ""))


def counter(name: str, labels: tuple[str, ...], help_: str, off: str) -> Metric:
    """A counter; its name ends with `_total`."""
    return Metric(f"streamseg_{name}_total", "counter", "", labels, help_, off)


def gauge(name: str, unit: str, labels: tuple[str, ...], help_: str, off: str) -> Metric:
    """A gauge."""
    return Metric(f"streamseg_{name}", "gauge", unit, labels, help_, off)


def histogram(name: str, unit: str, labels: tuple[str, ...], help_: str, off: str) -> Metric:
    """A histogram."""
    return Metric(f"streamseg_{name}", "histogram", unit, labels, help_, off)
