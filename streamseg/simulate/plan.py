"""What a simulated shop is given: the seed, its size, its pace."""

from dataclasses import dataclass

# 2026-01-05T08:00:00Z, a Monday morning: a fixed instant, so that the default plan is reproducible.
DEFAULT_START_MS = 1_767_600_000_000
# 2999-12-31T23:59:59.999Z: far from the year 9999, where instants end.
LATEST_START_MS = 32_503_679_999_999


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """One simulated shop; everything that it does follows from these values.

    `rate` is the number of events of both kinds a second of the shop's time, on average over some
    minutes; the opening (two or three events a product) comes on top, at the first instant.
    `think_s` is the mean pause between two steps of a visit, `outage_s` the mean time that a
    product stays out of stock, both in seconds. `guests` is the share of visits that begin before
    the contact signs in: as somebody else, who is merged into the contact.

    Raises ValueError where a value cannot be.
    """

    seed: int = 1
    contacts: int = 500
    products: int = 100
    start_ms: int = DEFAULT_START_MS
    rate: float = 2.0
    think_s: float = 12.0
    outage_s: float = 3600.0
    guests: float = 0.0

    def __post_init__(self) -> None:
        for name in ("contacts", "products"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("rate", "think_s", "outage_s"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be more than 0, not {getattr(self, name)}")
        if not 0 <= self.guests <= 1:
            raise ValueError(f"guests must lie between 0 and 1, not {self.guests}")
        if not 0 <= self.start_ms <= LATEST_START_MS:
            raise ValueError(f"start_ms must lie in the years 1970 to 2999, not {self.start_ms}")
