"""What the peers remember of a contact: the same facts that the core three segments need.

Last activity, the open cart, interest in products, and the event ids for deduplication, as a dict
that goes into a table as it is. The peers tell nobody: finding out whose cart is abandoned would
take a timer over the whole table besides, and a restock a search for who waits.
"""

from __future__ import annotations

from typing import Any

PASSIVE = ("message_sent", "message_delivered", "message_bounced", "order_cancelled")
INTEREST = ("product_viewed", "stock_alert_requested")
REMEMBERED_IDS = 64


def remember(state: dict[str, Any], event: dict[str, Any]) -> None:
    """Bring a contact's state up to date."""
    ids = state.setdefault("ids", [])
    if event["id"] in ids:
        return
    ids.append(event["id"])
    del ids[:-REMEMBERED_IDS]
    kind, data, time = event["type"], event["data"], event["time"]
    if kind not in PASSIVE and not kind.startswith("contact_"):
        state["last"] = [time, kind]
    if kind in INTEREST:
        state.setdefault("interest", {})[data["product"]] = time
    elif kind == "cart_item_added":
        cart = state.setdefault("cart", {"opened": time, "items": {}})
        cart["items"][data["product"]] = data
        cart["changed"] = time
    elif kind == "cart_item_removed" and "cart" in state:
        state["cart"]["items"].pop(data["product"], None)
        state["cart"]["changed"] = time
    elif kind == "cart_updated":
        cart = state.setdefault("cart", {"opened": time, "items": {}})
        cart["items"] = {item["product"]: item for item in data["items"]}
        cart["changed"] = time
    elif kind == "order_placed":
        state.pop("cart", None)
        interest = state.get("interest", {})
        for item in data.get("items", ()):
            interest.pop(item["product"], None)
