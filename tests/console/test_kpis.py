"""What came of a segment's messages, as its page shows it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from streamseg.core.policies.arms import Split

from .shop import Shop

pytestmark = [pytest.mark.stream, pytest.mark.slow]

SEED = "kpis"
CONTACTS = 800
AGO_S = 14 * 3_600.0


def zone_of_noon() -> str:
    """A zone in which it is about noon: there 14 hours ago was yesterday, whose exposures have all
    ended by now, and orders of then are not too late to count.
    """
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}"  # such names have the sign the other way round


RULES = f"""\
version: 1
value:
  zone: {zone_of_noon()}
  orders: {{amount: total, currency: UAH}}
  kpis: {{convert: order_placed, within: 1h}}
segments:
- name: searched
  on: searched
  policy: {{split: {{of: {{a: 50, control: 50}}, seed: {SEED}}}}}
- {{name: viewed, on: product_viewed}}
"""


@pytest.fixture(scope="module")
def shop(shops: Callable[..., Shop]) -> Shop:
    """Of those who got a message yesterday 9 of 10 ordered within the hour, of the others 1 of 10;
    and one more got a message just now.
    """
    made = shops(RULES)
    arms = Split([("a", 5_000), ("control", 5_000)], SEED, by_trigger=False)
    counted = dict.fromkeys(("a", "control"), 0)
    events = []
    for number in range(CONTACTS):
        contact = f"k{number}"
        arm = arms.arm(contact)
        events.append(made.event("searched", contact, ago_s=AGO_S, query="socks"))
        if (counted[arm] % 10 < 9) == (arm == "a"):
            order = {"order": f"o{number}", "total": 100.0, "currency": "UAH"}
            events.append(made.event("order_placed", contact, ago_s=AGO_S - 600, **order))
        counted[arm] += 1
    young = next(name for name in map(str, range(100)) if arms.arm(name) == "a")
    events.append(made.event("searched", young, query="socks"))
    made.run(made.installation.produce, events)
    made.start()
    made.drained()
    return made


def panel(page: Any) -> Any:
    return page.locator("section", has=page.get_by_role("heading", name="What came of it"))


def figures(page: Any) -> dict[str, str]:
    """The panel's figures by name, each with its note."""
    names = panel(page).locator("dt").all_inner_texts()
    values = panel(page).locator("dd").all_inner_texts()
    return dict(zip(names, (" ".join(value.split()) for value in values), strict=True))


def groups(page: Any) -> dict[str, list[str]]:
    """The table of who got a message and who got none."""
    rows = page.get_by_role("region", name="By group").locator("tbody tr").all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    return {name: figures for name, *figures in cells}


def told_by(shop: Shop, kind: str) -> int:
    """How many triggers or decisions of a type were told of the segment that is split."""
    told = shop.installation.told("triggers") + shop.installation.told("decisions")
    return sum(one["type"] == kind and one["segment"] == "searched" for one in told)


def wait_counted(page: Any) -> None:
    """Open the page of the segment until workers have told all that they counted: in a minute."""
    deadline = time.monotonic() + 180
    while True:
        page.goto("/#/segments/searched")
        page.reload()
        page.get_by_role("region", name="By group").or_(page.get_by_text("yet")).first.wait_for(
            timeout=60_000
        )
        counts = [row[0] for row in groups(page).values()]
        if sum(int(one) for one in counts) == CONTACTS + 1:
            return
        assert time.monotonic() < deadline, counts
        time.sleep(2)


def test_the_panel_shows_exposures_conversions_and_lift(page: Any, shop: Shop) -> None:
    fired, held = (shop.run(told_by, shop, f"trigger.{kind}") for kind in ("fired", "suppressed"))
    assert fired + held == CONTACTS + 1
    wait_counted(page)
    shown, by_group = figures(page), groups(page)
    assert shown["Reached"] == f"{fired} and {held} kept aside to compare"
    assert shown["Ordered"].endswith("% within 1 h, of days that are over")
    assert 88.0 < float(shown["Ordered"].split()[0]) < 92.0
    assert shown["So far"] == "0.0 % ordered, of days still open"  # the one of just now
    revenue = float(shown["Revenue"].split()[0].replace(",", ""))
    assert revenue == 100 * round(float(shown["Ordered"].split()[0]) / 100 * (fired - 1))
    assert list(by_group) == ["a", "kept aside (control)"]
    assert [row[0] for row in by_group.values()] == [str(fired), str(held)]
    assert 8.0 < float(by_group["kept aside (control)"][1].split()[0]) < 12.0
    lift, low, high = (
        float(one.removeprefix("+")) for one in re.findall(r"(\S+) pp", shown["Lift"])
    )
    rates = [float(row[1].split()[0]) for row in by_group.values()]
    assert lift == pytest.approx(rates[0] - rates[1], abs=0.11)
    assert low < lift < high
    assert shown["Lift"].endswith("proven")
    assert "not proven" not in shown["Lift"]


def test_the_days_and_their_number_can_be_linked(page: Any, shop: Shop) -> None:
    from axe_playwright_python.sync_playwright import Axe

    wait_counted(page)
    assert Axe().run(page).response["violations"] == []
    panel(page).get_by_role("link", name="7 days").click()
    page.wait_for_url("**/#/segments/searched?since=7d")
    assert panel(page).locator("[aria-current=true]").inner_text() == "7 days"
    panel(page).get_by_text("Day by day").click()
    days = page.get_by_role("region", name="Day by day").locator("tbody tr")
    assert days.count() == 2


def test_a_segment_without_messages_says_that_nothing_is_counted_yet(page: Any, shop: Shop) -> None:
    page.goto("/#/segments/viewed")
    page.get_by_text("Nothing counted yet").wait_for(timeout=60_000)
    page.goto("/#/segments/nothing")
    page.get_by_text("no segment nothing").first.wait_for()
