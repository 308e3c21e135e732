"""The figures by day of one batch, however many days its events are of."""

from streamseg.core.counting.days import Days
from streamseg.core.counting.figures import NO_VARIANT, News
from streamseg.core.zones import DAY_MS, UTC_ZONE


def test_figures_that_a_batch_has_asked_for_stay_those_of_their_day() -> None:
    days = Days(UTC_ZONE, News())
    first = days.running("vips", NO_VARIANT, 0)
    for day in range(1, 40):
        days.running("vips", NO_VARIANT, day * DAY_MS).fired += day
    first.fired += 7
    days.running("vips", NO_VARIANT, 1).fired += 1
    days.settle()
    fired = [day.figures["vips"][NO_VARIANT].fired for day in days.counted()]
    assert fired == [8, *range(1, 40)]
