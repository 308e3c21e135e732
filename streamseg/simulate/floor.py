"""The shop floor: what all processes of a simulated shop share."""

from dataclasses import dataclass, field
from random import Random

from streamseg.core.values.timestamps import format_time
from streamseg.simulate.catalogue import Product, make_catalogue
from streamseg.simulate.lines import ShopEvent
from streamseg.simulate.plan import ShopPlan
from streamseg.simulate.schedule import Schedule

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True, eq=False)
class Contact:
    """A person as the shop knows it. `cart` maps product to quantity, in the order of adding."""

    id: str
    country: str
    sends_snapshots: bool
    cart: dict[Product, int] = field(default_factory=dict)
    cart_id: str | None = None


class Floor:
    """The dice, the clock, the goods, the people, and the page that events are written on."""

    def __init__(self, plan: ShopPlan) -> None:
        self.plan = plan
        # Simulated traffic has to be repeatable; nothing here is a secret.
        self.rng = Random(plan.seed)  # noqa: S311
        self.schedule = Schedule(plan.start_ms)
        self.catalogue = make_catalogue(self.rng, plan.products)
        self._contacts: dict[int, Contact] = {}
        self._page: list[ShopEvent] = []
        self._numbers = 0
        # Ids carry the start, so that a second shop of the same seed, opened later on the same
        # Kafka, is not taken for a repetition of the first.
        self._run = _base36(plan.start_ms)

    def take(self) -> list[ShopEvent]:
        """The events written since the last call."""
        page, self._page = self._page, []
        return page

    def tell(self, contact: Contact, type_: str, **data: object) -> None:
        """Writes an event of a contact at this instant."""
        self._page.append(
            {
                "id": self.new_id("e"),
                "type": type_,
                "contact": contact.id,
                "time": format_time(self.schedule.now_ms),
                "data": data,
            }
        )

    def tell_product(self, product: Product, type_: str, **data: object) -> None:
        """Writes an event of a product at this instant."""
        self._page.append(
            {
                "id": self.new_id("s"),
                "type": type_,
                "product": product.id,
                "time": format_time(self.schedule.now_ms),
                "data": data,
            }
        )

    def new_id(self, prefix: str) -> str:
        """An id that no other event, order or cart of this run has."""
        self._numbers += 1
        return f"{prefix}-{self._run}-{self._numbers}"

    def happens(self, probability: float) -> bool:
        return self.rng.random() < probability

    def wait(self, mean_s: float) -> float:
        """Seconds to wait where the mean is `mean_s` and the past tells nothing of the future."""
        return self.rng.expovariate(1 / mean_s)

    def think(self) -> float:
        """Seconds between two steps of a visit: never nothing, seldom long."""
        return self.plan.think_s * (0.25 + self.rng.expovariate(1 / 0.75))

    def pick_contact(self) -> Contact:
        """A contact, regulars far more often than others; one seen first introduces itself."""
        number = 1 + int(self.plan.contacts * self.rng.random() ** 1.6)
        contact = self._contacts.get(number)
        return self._meet(number) if contact is None else contact

    def new_guest(self, contact: Contact) -> Contact:
        """Somebody who looks around on a contact's device and has not signed in."""
        return Contact(self.new_id("g"), contact.country, contact.sends_snapshots)

    def _meet(self, number: int) -> Contact:
        contact = Contact(
            id=f"c-{number}",
            country=self.rng.choice(tuple(_ZONES)),
            sends_snapshots=self.happens(0.3),
        )
        self._contacts[number] = contact
        wants_mail = self.happens(0.8)
        self.tell(
            contact,
            "contact_updated",
            country=contact.country,
            language=contact.country.lower(),
            timezone=_ZONES[contact.country],
            email_opt_in=wants_mail,
            consent={"email": wants_mail, "push": True},
            tier=self.rng.choice(("bronze", "bronze", "silver", "gold")),
        )
        return contact


_ZONES = {
    "PL": "Europe/Warsaw",
    "UA": "Europe/Kyiv",
    "DE": "Europe/Berlin",
    "CZ": "Europe/Prague",
    "RO": "Europe/Bucharest",
    "NO": "Europe/Oslo",
}


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
