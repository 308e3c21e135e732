"""Events by the hour, and what the reference tells of them in a few words.

Hours stand for times: 1.5 is half past one on the day of the tests.
"""

from typing import Any

from . import expected

HOUR_MS = 3_600_000
ABOUT_PRODUCTS = ("stock_changed", "price_changed", "product_updated")


def event(hour: float, type_: str, name: str = "c", **data: Any) -> dict[str, Any]:
    whose = "product" if type_ in ABOUT_PRODUCTS else "contact"
    return {"type": type_, whose: name, "time": round(hour * HOUR_MS), "data": data}


def told(
    rule: dict[str, Any],
    *events: dict[str, Any],
    asked: dict[str, Any] | None = None,
    until: float = 24,
    lateness: str = "0s",
) -> list[str]:
    """`fired 1h 02:00 (01:00)`: what, the rung or key, entered at, the anchor, why not.

    The rule may ask about another, `asked`, which fires nothing.
    """
    others = [] if asked is None else [{"name": "asked"} | asked | {"trigger": False}]
    rules = {"version": 1, "segments": [{"name": "s"} | rule, *others]}
    lines = expected(rules, events, until=round(until * HOUR_MS), lateness=lateness)
    return [
        " ".join(
            [
                line.type.removeprefix("trigger."),
                *([line.key] if line.key else []),
                *([line.rung] if line.rung else []),
                line.entered_at[11:16],
                f"({line.anchor[11:16]})",
                *([line.reason] if line.reason else []),
            ]
        )
        for line in [*lines[0], *lines[1]]
    ]


CART = {"use": "abandoned_cart", "with": {"after": ["1h", "3h"]}}
BACK = {"use": "back_in_stock"}
QUIET = {"use": "inactivity", "with": {"after": "2h"}}
