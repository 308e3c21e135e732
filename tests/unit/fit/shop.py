"""A shop that is just what the model says: contacts who order, and stop, by chance."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

from streamseg.core.values.timestamps import format_time
from streamseg.fit.orders import OrderDay

DAY = 86_400_000
BEGIN = 1_760_000_000_000  # 2025-10-09
TRUE = {"r": 0.9, "alpha": 30.0, "a": 0.8, "b": 2.0}


def shop(contacts: int = 1500, span: int = 400) -> list[list[OrderDay]]:
    """Order days of contacts who first order in the first third of ``span`` days."""
    random = Random(14)
    return [_one(random, span) for _ in range(contacts)]


def _one(random: Random, span: int) -> list[OrderDay]:
    rate = random.gammavariate(TRUE["r"], 1 / TRUE["alpha"])
    stops = random.betavariate(TRUE["a"], TRUE["b"])
    mean = 15 / random.gammavariate(4, 1) * 6
    day = random.uniform(0, span / 3)
    found = []
    while day < span:
        spent = Decimal(f"{random.gammavariate(6, mean / 6):.2f}")
        found.append(OrderDay(BEGIN + int(day * DAY), spent))
        if random.random() < stops:
            break
        day += random.expovariate(rate)
    return found


def lines(contacts: list[list[OrderDay]], *, ms: bool = False) -> Iterator[str]:
    """Their orders as events; ``ms``: with times as integers."""
    for number, days in enumerate(contacts):
        for order, day in enumerate(days):
            yield json.dumps(
                {
                    "type": "order_placed",
                    "contact": f"c-{number}",
                    "time": day.time if ms else format_time(day.time),
                    "data": {"order": f"o-{order}", "total": str(day.amount)},
                }
            )


def written(path: Path, contacts: list[list[OrderDay]]) -> Path:
    """A file of their orders."""
    path.write_text("\n".join(lines(contacts)) + "\n", encoding="utf-8")
    return path
