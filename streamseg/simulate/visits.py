"""What a contact does in the shop: looks around, fills a cart, leaves it or orders."""

from streamseg.simulate.catalogue import Product
from streamseg.simulate.floor import Contact, Floor
from streamseg.simulate.schedule import Process
from streamseg.simulate.warehouse import sell

_QUERIES = ("gift", "black boots", "linen", "wool", "gold ring", "travel bag", "size 38")
_PAGES = ("/", "/new", "/sale", "/delivery", "/about")


def visit(floor: Floor, contact: Contact, campaign: str | None = None) -> Process:
    """One visit from the first page to the last, with `think` seconds between the steps."""
    origin = {} if campaign is None else {"campaign": campaign}
    floor.tell(contact, "session_started", device=floor.rng.choice(("web", "app")), **origin)
    yield floor.think()
    category = None
    if floor.happens(0.3):
        floor.tell(contact, "page_viewed", path=floor.rng.choice(_PAGES))
        yield floor.think()
    if floor.happens(0.25):
        floor.tell(contact, "searched", query=floor.rng.choice(_QUERIES))
        yield floor.think()
    elif floor.happens(0.6):
        category = floor.rng.choice(floor.catalogue.categories)
        floor.tell(contact, "category_viewed", category=category)
        yield floor.think()
    while floor.happens(0.72):
        yield from _look_at(floor, contact, floor.catalogue.pick(floor.rng, category))
    if contact.cart and floor.happens(0.25):
        _change_mind(floor, contact)
        yield floor.think()
    if contact.cart and floor.happens(0.5):
        yield from _check_out(floor, contact)


def visit_before_signing_in(floor: Floor, contact: Contact) -> Process:
    """A visit as a guest, who then signs in: what the guest did, the contact did."""
    guest = floor.new_guest(contact)
    yield from visit(floor, guest)
    yield floor.think()
    floor.tell(contact, "contact_merged", **{"from": guest.id})
    contact.cart |= guest.cart
    contact.cart_id = contact.cart_id or guest.cart_id
    yield floor.think()
    if floor.happens(0.4):  # a tab that was open before tells of the guest
        _view(floor, guest, floor.catalogue.pick(floor.rng, None))
        yield floor.think()
    if contact.cart and floor.happens(0.5):
        yield from _check_out(floor, contact)


def _view(floor: Floor, contact: Contact, product: Product) -> None:
    floor.tell(
        contact,
        "product_viewed",
        product=product.id,
        category=product.category,
        brand=product.brand,
        price=product.price,
    )


def _look_at(floor: Floor, contact: Contact, product: Product) -> Process:
    _view(floor, contact, product)
    yield floor.think()
    if not product.in_stock:
        if floor.happens(0.5):
            floor.tell(contact, "stock_alert_requested", product=product.id)
            yield floor.think()
    elif floor.happens(0.3):
        _add_to_cart(floor, contact, product)
        yield floor.think()
    elif floor.happens(0.08):
        floor.tell(contact, "wishlist_added", product=product.id)
        yield floor.think()


def _add_to_cart(floor: Floor, contact: Contact, product: Product) -> None:
    quantity = 2 if floor.happens(0.15) else 1
    if not contact.cart:
        contact.cart_id = floor.new_id("k")
    contact.cart[product] = contact.cart.get(product, 0) + quantity
    if contact.sends_snapshots:
        _tell_snapshot(floor, contact)
    else:
        floor.tell(contact, "cart_item_added", **_item(product, quantity))


def _change_mind(floor: Floor, contact: Contact) -> None:
    product = floor.rng.choice(list(contact.cart))
    quantity = contact.cart[product]
    one_less = quantity > 1 and floor.happens(0.5)
    if one_less:
        contact.cart[product] = quantity - 1
    else:
        del contact.cart[product]
    if contact.sends_snapshots:
        _tell_snapshot(floor, contact)
    elif one_less:
        floor.tell(contact, "cart_item_removed", product=product.id, quantity=1)
    else:
        floor.tell(contact, "cart_item_removed", product=product.id)


def _check_out(floor: Floor, contact: Contact) -> Process:
    floor.tell(contact, "checkout_started", cart=contact.cart_id)
    yield floor.think()
    # The same contact may have two visits open at once, and the other one may have ordered by now.
    if contact.cart and floor.happens(0.7):
        _order(floor, contact)


def _order(floor: Floor, contact: Contact) -> None:
    order = floor.new_id("o")
    cart, contact.cart = contact.cart, {}
    names_cart = {"cart": contact.cart_id} if floor.happens(0.7) else {}
    total_cents = sum(product.price_cents * quantity for product, quantity in cart.items())
    floor.tell(
        contact,
        "order_placed",
        order=order,
        total=total_cents / 100,
        currency="EUR",
        **names_cart,
        items=[_item(product, quantity) for product, quantity in cart.items()],
    )
    for product, quantity in cart.items():
        sell(floor, product, quantity)
    if floor.happens(0.05):
        floor.schedule.start(_cancel(floor, contact, order), floor.wait(floor.plan.think_s * 20))


def _cancel(floor: Floor, contact: Contact, order: str) -> Process:
    floor.tell(contact, "order_cancelled", order=order)
    yield from ()


def _tell_snapshot(floor: Floor, contact: Contact) -> None:
    items = [_item(product, quantity) for product, quantity in contact.cart.items()]
    floor.tell(contact, "cart_updated", cart=contact.cart_id, items=items)


def _item(product: Product, quantity: int) -> dict[str, object]:
    return {
        "product": product.id,
        "quantity": quantity,
        "price": product.price,
        "category": product.category,
    }
