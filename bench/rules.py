"""Rule files for the benches: the core three, and mixed ones of any number."""

from __future__ import annotations

from collections.abc import Callable

CORE_THREE = """\
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: 1h}}
  - {name: back_in_stock, use: back_in_stock}
  - {name: gone_quiet, use: inactivity, with: {after: [30d, 60d, 90d]}}
"""

_CATEGORIES = ("bags", "shoes", "dresses", "outerwear", "knitwear", "jewellery", "beauty", "home")
_TIERS = ("gold", "silver", "bronze")
_COUNTRIES = ("PL", "UA", "DE", "CZ", "RO", "NO")
_MARKETING = ("message_opened", "message_clicked", "searched", "wishlist_added", "checkout_started")


def _category(n: int) -> str:
    return _CATEGORIES[n % len(_CATEGORIES)]


def _country(n: int) -> str:
    return _COUNTRIES[n % len(_COUNTRIES)]


# One kind of rule a line, varied by its number as a marketing team's file grows: what was made for
# one country, category or tier is made for the next one, with bounds of its own.
_KINDS: tuple[Callable[[int], str], ...] = (
    lambda n: (
        f"when: {{all: [{{did: product_viewed, where: {{category: {_category(n)}, price: "
        f"{{gte: {50 + 10 * n}}}}}, at_least: 3, within: 21d}}, "
        "{not: {did: order_placed, within: 21d}}]}, trigger: {cooldown: 14d}"
    ),
    lambda n: (
        f"when: {{all: [{{idle: order_placed, for: {30 + n}d}}, "
        f"{{attribute: country, in: [{_country(n)}, {_country(n + 1)}]}}]}}, trigger: {{}}"
    ),
    lambda n: (
        f"when: {{did: {_MARKETING[n % len(_MARKETING)]}, at_least: {2 + n % 4}, within: 7d}}, "
        "trigger: {limit: 3}"
    ),
    lambda n: (
        f"when: {{all: [{{cart: {{total: {{gte: {100 + 20 * n}}}, idle: {30 + n}m}}}}, "
        f"{{attribute: country, eq: {_country(n)}}}]}}, trigger: {{}}"
    ),
    lambda n: (
        f"when: {{all: [{{attribute: tier, eq: gold}}, {{did: category_viewed, where: "
        f"{{category: {_category(n)}}}, at_least: 2, within: {3 + n}d}}]}}, trigger: {{}}"
    ),
    lambda n: (
        f"on: order_placed, where: {{total: {{gte: {200 + 25 * n}}}}}, "
        f"when: {{attribute: country, eq: {_country(n)}}}"
    ),
    lambda n: (
        f"when: {{any: [{{did: custom_event_{n}}}, {{did: order_cancelled, at_least: {1 + n % 3}, "
        "within: 90d}]}, trigger: {}"
    ),
    lambda n: f"use: inactivity, with: {{after: {20 + 5 * n}d, of: [order_placed, searched]}}",
    lambda n: (
        f"when: {{all: [{{cart: {{total: {{gte: {50 + 25 * n}}}, idle: {2 + n}h}}}}, "
        f"{{attribute: tier, eq: {_TIERS[n % len(_TIERS)]}}}]}}, trigger: {{}}"
    ),
    lambda n: (
        f"when: {{all: [{{did: wishlist_added, within: {10 + n}d}}, {{not: {{did: "
        f"cart_item_added, within: {10 + n}d}}}}, {{attribute: country, eq: {_country(n)}}}]}}, "
        "trigger: {}"
    ),
    lambda n: (
        f"when: {{aggregate: sum, of: total, over: order_placed, within: {30 + 30 * n}d, "
        f"gte: {500 + 100 * n}}}, trigger: {{}}"
    ),
    lambda n: (
        "when: {all: [{not_followed: {first: checkout_started, by: [order_placed], "
        f"within: {1 + n}h}}}}, {{attribute: country, eq: {_country(n)}}}]}}, "
        "trigger: {cooldown: 7d}"
    ),
    lambda n: (
        f"when: {{all: [{{in_segment: cart_left}}, {{attribute: country, eq: {_country(n)}}}]}}, "
        "trigger: {}"
    ),
    lambda n: (
        f"per: category, when: {{all: [{{did: product_viewed, at_least: {4 + n}, within: 7d}}, "
        f"{{attribute: country, eq: {_country(n)}}}]}}, trigger: {{}}"
    ),
)


def mixed(count: int) -> str:
    """A rule file of `count` segments: the core three, then kinds of rules in turn."""
    lines = [CORE_THREE.rstrip("\n")]
    for number in range(count - 3):
        kind = _KINDS[number % len(_KINDS)]
        lines.append(f"  - {{name: rule_{number}, {kind(number // len(_KINDS))}}}")
    return "\n".join(lines) + "\n"
