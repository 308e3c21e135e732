"""Rules and timelines of one person under two ids: K is the keeper, A is merged into it."""

CART = "- {name: cart_left, use: abandoned_cart}"
TOLD = CART[:-1] + ", membership: true}"
LADDER = "- {name: cart_left, use: abandoned_cart, with: {after: [1h, 24h]}, membership: true}"
BAGS = """
- name: bags
  when: {did: product_viewed, where: {category: bags}, at_least: 3}
  trigger: {}
  membership: true
"""
SILENT = "- {name: silent, use: inactivity, with: {after: 30d}, membership: true}"
BACK = "- {name: back, use: back_in_stock, membership: true}"
CITY = "- {name: city, when: {attribute: city, eq: Gdynia}, trigger: {}}"

A_BAG = "10:00 cart_item_added A bag"
MERGE = "contact_merged K A"


def with_file(head: str, *segments: str) -> str:
    """A file with something besides segments."""
    return f"{head}\nsegments:\n" + "\n".join(f"  {one}" for one in segments) + "\n"
