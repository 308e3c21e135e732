"""The figures by day of one batch, however many days its events are of."""

from streamseg.core.counting.days import Days
from streamseg.core.counting.figures import NO_VARIANT, News
from streamseg.core.values.zones import DAY_MS, UTC_ZONE


def test_figures_that_a_batch_has_asked_for_stay_those_of_their_day() -> None:
    days = Days(UTC_ZONE)
    first = days.running("vips", NO_VARIANT, 0)
    for day in range(1, 40):
        days.running("vips", NO_VARIANT, day * DAY_MS).fired += day
    first.fired += 7
    days.running("vips", NO_VARIANT, 1).fired += 1
    fired = [day.figures["vips"][NO_VARIANT].fired for day in days.counted()]
    assert fired == [8, *range(1, 40)]


def taken(days: Days, news: News) -> list[tuple[bytes, bytes | None]]:
    """What a batch wrote; it is committed."""
    changes = days.store.take()
    days.settle(news)
    days.store.install()
    return changes


def figures(days: Days) -> dict[str, dict[str, int]]:
    return {
        segment: {variant: one.fired for variant, one in by_variant.items()}
        for day in days.counted()
        for segment, by_variant in day.figures.items()
    }


def test_what_a_batch_does_not_ask_for_stays_as_it_is_at_rest() -> None:
    days, news = Days(UTC_ZONE), News()
    for segment, variant in (("vips", "a"), ("vips", "b"), ("vips", NO_VARIANT), ("lost", "a")):
        days.running(segment, variant, 0).fired += 1
    at_rest = taken(days, news)
    for later in (days, Days(UTC_ZONE)):  # the same process, and one that reads the changelog
        if later is not days:
            for raw, value in at_rest:
                later.store.load(raw[1:], value)
            later.store.loaded()
        later.running("vips", "b", 1).fired += 5
        ((_, value),) = taken(later, news)
        assert figures(later) == {"vips": {"a": 1, "b": 6, "": 1}, "lost": {"a": 1}}
        later.running("vips", "b", DAY_MS).fired += 5  # a batch without the first day
        taken(later, news)
        later.running("vips", "b", 2).fired -= 5
        taken(later, news)
        later.running("vips", "b", DAY_MS).fired -= 5
        taken(later, news)
        assert later.store.resting[at_rest[0][0][1:]] == at_rest[0][1]


def test_what_is_rolled_back_was_never_counted() -> None:
    days, news = Days(UTC_ZONE), News()
    days.running("vips", NO_VARIANT, 0).fired += 1
    taken(days, news)
    days.running("vips", NO_VARIANT, 1).fired += 1
    days.running("lost", "a", 1).enter("event")
    days.store.take()
    days.store.rollback()
    days.settle(news)
    days.running("vips", NO_VARIANT, 2).fired += 1
    taken(days, news)
    assert figures(days) == {"vips": {"": 2}}
