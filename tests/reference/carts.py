"""The cart of a contact: a fold of the cart events in the order of arrival.

Late events make a mere recomputation from the sorted log impossible here: what is older than the
cart's last snapshot or closing changes nothing of it, its opening does not move, and an order that
left the cart open is not looked at again. So the log is read in the order of arrival, and each
event is put at its place among the changes since the last snapshot or closing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .records import Event, items_of
from .values import Json, duration_ms, exact

TYPES = {"cart_item_added", "cart_item_removed", "cart_updated", "checkout_started", "order_placed"}
ALL = None


@dataclass(frozen=True)
class Item:
    quantity: Fraction
    price: Json = None
    category: Json = None


@dataclass(frozen=True)
class Change:
    """An addition (quantity above 0), or a removal (below 0; ALL: of what is there)."""

    time: int
    product: str
    quantity: Fraction | None
    price: Json = None
    category: Json = None


Contents = dict[str, Item]


def amount(data: dict[str, Json]) -> Fraction:
    quantity = data.get("quantity")
    return Fraction(1) if quantity is None else exact(quantity)


def applied(contents: Contents, change: Change) -> Contents:
    """The contents after a change; a removal takes at most what is there.

    What is gone stays with quantity 0, for its price: it holds again when the product comes back.
    """
    there = contents.get(change.product, Item(Fraction(0)))
    quantity = Fraction(0) if change.quantity is ALL else there.quantity + change.quantity
    price = change.price if change.price is not None else there.price
    category = change.category if change.category is not None else there.category
    return contents | {change.product: Item(max(quantity, Fraction(0)), price, category)}


def snapshot_of(event: Event) -> Contents:
    """What a snapshot says; of several lines of a product quantities and amounts add up."""
    contents: Contents = {}
    for product in dict.fromkeys(item["product"] for item in items_of(event)):
        lines = [item for item in items_of(event) if item["product"] == product]
        quantity = sum((amount(line) for line in lines), Fraction(0))
        told = [line["price"] for line in lines if line.get("price") is not None]
        price = told[-1] if told and not quantity else None  # a line of none has no amount
        if quantity and any(amount(line) for line in lines if line.get("price") is not None):
            price = sum((amount(x) * worth(x.get("price")) for x in lines), Fraction(0)) / quantity
        categories = [line["category"] for line in lines if line.get("category") is not None]
        contents[product] = Item(quantity, price, categories[-1] if categories else None)
    return contents


def worth(price: Json) -> Fraction:
    """A price as an exact number; what has none counts 0."""
    return price if isinstance(price, Fraction) else exact(price or 0)


def quantities(contents: Contents) -> dict[str, Fraction]:
    return {product: item.quantity for product, item in contents.items()}


@dataclass
class Cart:
    """A cart under one `max_age` and one `order_closes`."""

    max_age: int = duration_ms("10d")
    order_closes: str = "related"
    floor: int | None = None
    """The time of the last snapshot or closing: what is older changes nothing."""
    snapshot: Contents = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    """Since the floor, in the order of times."""
    opened: int | None = None
    """None: no cart is open."""
    changed: int = 0
    names: set[str] = field(default_factory=set)
    """What named the open cart."""
    orders: list[Event] = field(default_factory=list)
    """The last 8, in the order of their times, for carts of a contact who turns out to be the same.
    """
    closed: list[str] = field(default_factory=list)
    """The last 8 names that orders closed; nothing that comes under one changes a cart."""

    def contents(self, until: int | None = None) -> Contents:
        """What is in the cart, or was at its place after every change up to `until`."""
        contents = dict(self.snapshot)
        for change in self.changes:
            if until is None or change.time <= until:
                contents = applied(contents, change)
        return {product: item for product, item in contents.items() if item.quantity > 0}

    def total(self) -> Fraction:
        return sum(
            (item.quantity * worth(item.price) for item in self.contents().values()),
            Fraction(0),
        )

    def close(self, time: int) -> None:
        """Closes what is not younger than `time`. The opening of what stays does not move.

        Where nothing stays, it has been closed since its last change.
        """
        self.floor, self.snapshot = time, {}
        self.changes = [change for change in self.changes if change.time > time]
        if not self.contents():
            if self.opened is not None:
                self.floor = max(time, self.changed)
            self.opened, self.changes, self.names = None, [], set()

    def age(self, time: int) -> None:
        """`max_age` after its last change it closes, at that instant, before its events."""
        if self.opened is not None and self.changed + self.max_age <= time:
            self.close(self.changed + self.max_age)

    def touched(self, time: int) -> None:
        """Its contents changed at a time."""
        if self.opened is None:
            self.opened, self.changed = time, time
        self.changed = max(self.changed, time)
        if not self.contents():
            self.close(self.changed)

    def put(self, change: Change) -> None:
        younger = [each for each in self.changes if each.time > change.time]
        older = [each for each in self.changes if each.time <= change.time]
        self.changes = [*older, change, *younger]
        self.touched(change.time)

    def add(self, event: Event) -> None:
        data = dict(event.data)
        self.put(
            Change(
                event.time, data["product"], amount(data), data.get("price"), data.get("category")
            )
        )

    def remove(self, event: Event) -> None:
        """A removal that finds nothing is forgotten."""
        if event.data["product"] in self.contents(event.time):
            quantity = event.data.get("quantity")
            taken = ALL if quantity is None else -exact(quantity)
            self.put(Change(event.time, event.data["product"], taken))

    def replace(self, event: Event) -> None:
        if event.data.get("cart") in self.closed:
            return
        before, after = self.contents(event.time), snapshot_of(event)
        if after:
            self.floor, self.snapshot = event.time, after
            self.changes = [change for change in self.changes if change.time > event.time]
            if quantities(before) != quantities(after):
                self.touched(event.time)
        else:
            self.close(event.time)
        self.call(event)

    def call(self, event: Event) -> None:
        """`cart_updated.cart` or `checkout_started.cart` names the open cart."""
        named = event.data.get("cart")
        if named in (None, *self.closed):
            return
        if self.opened is not None and event.time >= self.opened:
            self.names.add(named)

    def order(self, event: Event) -> None:
        """An order closes the cart at its place, counts as a closing, or leaves it open.

        One that names the open cart closes it, however late.
        """
        name, names = event.data.get("cart"), sorted(self.names)
        if name in names:
            self.close(max(event.time, self.changed))
        elif self.floor is None or event.time >= self.floor:
            contents = self.contents(event.time)
            products = {item["product"] for item in items_of(event)}
            related = bool(products & set(contents)) or not products
            if not contents or related or self.order_closes == "any":
                self.close(event.time)
        for each in [*(names if self.opened is None else []), *([name] if name else [])]:
            self.closed = [*(other for other in self.closed if other != each), each][-8:]
        self.orders = sorted([*self.orders, event], key=lambda order: order.time)[-8:]

    def take(self, event: Event) -> None:
        """One event of the contact, as it arrives."""
        self.age(event.settled)
        if event.type not in TYPES:
            return
        if event.type == "order_placed":
            self.order(event)
            return
        if self.floor is not None and event.time < self.floor:
            return
        match event.type:
            case "cart_item_added":
                self.add(event)
            case "cart_item_removed":
                self.remove(event)
            case "cart_updated":
                self.replace(event)
            case "checkout_started":
                self.call(event)


def cart_at(
    arrived: Iterable[Event], time: int, max_age: int | None = None, order_closes: str = "related"
) -> Cart:
    """The cart after these events, in the order of their arrival, at an instant not before them."""
    cart = Cart(order_closes=order_closes)
    if max_age is not None:
        cart = replace(cart, max_age=max_age)
    from .merges import take  # which is made of carts

    for event in arrived:
        take(cart, event)
    cart.age(time)
    return cart
