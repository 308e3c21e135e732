"""Alerts in words."""

from __future__ import annotations

from decimal import Decimal

from streamseg.core.counting.terms import Alert
from streamseg.core.values.timestamps import format_duration

_MEASURES = {"entered": "entries", "fired": "triggers that fired", "activity": "events of members"}


def worded(alert: Alert) -> str:
    """The terms of an alert in words, to follow the name of its segment."""
    if alert.measure != "members":
        more = "more" if alert.bound == "surge" else "fewer"
        return f"{more} {_MEASURES[alert.measure]} in 5m than is usual at that hour of the week"
    if alert.within is None:
        return (
            f"{'fewer' if alert.bound == 'lt' else 'more'} than {decimal_text(alert.limit)} members"
        )
    how = "down" if alert.bound == "drop" else "up"
    share = decimal_text(alert.limit)
    return f"{how} by {share} % or more within {format_duration(alert.within)}"


def decimal_text(value: Decimal) -> str:
    """A number without an exponent, and without zeros at its end."""
    return f"{value.normalize():f}"
