"""What tests of predictions share: a model of CDNOW in days, and seconds after an instant."""

from datetime import UTC, datetime, timedelta

MODEL = "model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614}"
WITH_WORTH = (
    "model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, "
    "p: 6.25, q: 3.74, v: 15.44, discount: 0.01}"
)
BEGIN = "2026-01-01"


def after(seconds: int, begin: str = BEGIN) -> str:
    """So many seconds after an instant, as the timelines show it."""
    moment = datetime.fromisoformat(begin).replace(tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00")


def day(number: int) -> str:
    """So many days after the beginning."""
    return after(number * 86_400)
