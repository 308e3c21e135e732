"""Writes what docs/prediction.md shows of two shops; with --check it only says whether that is so.

The same packages give the same bytes, on any processor.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np

from bench.calibration.data import DAY_MS, Contacts, cdnow, dunnhumby, instant
from streamseg.core.prediction.parameters import Parameters
from streamseg.fit.customers import customers_at, orders_between
from streamseg.fit.fitting import fit, hold_out
from streamseg.fit.holdout import probabilities, table, tenths

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "prediction.md"
PLOT = DOCS / "prediction.svg"
BEGIN, END = "<!-- made by `make calibrate` -->", "<!-- so far -->"


class Shop(NamedTuple):
    """A shop, and when what is held out begins and how many days of it are asked about."""

    name: str
    contacts: Contacts
    begin: int
    horizons: tuple[int, ...]
    drawn: tuple[int, ...]

    def model(self) -> Parameters:
        """The model of what was known at the beginning."""
        return fit(self.contacts, self.begin, discount=Decimal(0), amounts=False).model


def shops() -> list[Shop]:
    """CDNOW in the weeks 40 to 78, as the papers have it; dunnhumby in its last quarter."""
    october = instant(datetime(1997, 9, 30, 12, tzinfo=UTC)) + 1
    groceries = dunnhumby()
    last = max(days[-1].time for days in groceries)
    return [
        Shop("CDNOW, music by post, 1997", cdnow(), october, (28, 91, 182, 273), (28, 91)),
        Shop("dunnhumby, groceries, 2017", groceries, last + 1 - 91 * DAY_MS, (7, 28, 91), (7, 28)),
    ]


def page(of: list[Shop]) -> str:
    """The tables, as Markdown."""
    lines = []
    for shop in of:
        end = shop.begin + max(shop.horizons) * DAY_MS
        heading, *rows = table(hold_out(shop.contacts, end, shop.horizons))
        model = shop.model()
        numbers = f"r {model.r}, alpha {model.alpha} days, a {model.a}, b {model.b}"
        lines += [
            f"**{shop.name}**: {len(shop.contacts):,} contacts; {numbers}.",
            "",
            f"| {' | '.join(heading)} |",
            f"|{'---:|' * len(heading)}",
            *(f"| {' | '.join(row)} |" for row in rows),
            "",
        ]
    return "\n".join(lines)


def plot(of: list[Shop]) -> str:
    """What was said of each tenth of the contacts, and what they did, as SVG."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "streamseg", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(of), figsize=(8, 3.9), layout="constrained")
    for shop, panel in zip(of, axes, strict=True):
        _draw(panel, shop)
    axes[0].set_ylabel("share that ordered")
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    lines = (line.rstrip() for line in written.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def _draw(panel: Any, shop: Shop) -> None:
    model = shop.model()
    customers = customers_at(shop.begin, shop.contacts)
    panel.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for days, marker in zip(shop.drawn, "os", strict=True):
        until = shop.begin + days * DAY_MS
        bought = orders_between(shop.begin, until, shop.contacts) > 0
        chances = probabilities(model, customers, days)
        said = [float(chances[one].mean()) for one in tenths(chances)]
        done = [float(np.mean(bought[one])) for one in tenths(chances)]
        panel.plot(said, done, marker=marker, markersize=4, linewidth=1, label=f"{days} days")
    panel.set_title(shop.name, fontsize=10)
    panel.set_xlabel("probability of an order, mean of a tenth")
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)
    panel.set_aspect("equal")
    panel.legend(loc="upper left", frameon=False)


def main(*arguments: str) -> int:
    """Exit code: 1 if --check finds something stale."""
    of = shops()
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    text = f"{before}{BEGIN}\n\n{page(of)}\n{END}{rest.split(END)[1]}"
    files = {PAGE: text, PLOT: plot(of)}
    stale = [path for path, made in files.items() if not path.exists() or path.read_text() != made]
    if "--check" in arguments:
        sys.stderr.writelines(f"stale: {path.name}\n" for path in stale)
        return 1 if stale else 0
    for path in stale:
        path.write_text(files[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
