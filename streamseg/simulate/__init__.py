"""A seeded shop: what its contacts and its warehouse do, as events in the order of their times.

The shop is a pure function of its plan. It reads no clock and draws from one `random.Random(seed)`,
so the same plan gives the same events, and the same bytes, on every machine.

    plan = ShopPlan(seed=7, contacts=500, products=80, rate=5.0)
    for event in simulate(plan, events=10_000):
        file.write(encode_line(event))
"""

from streamseg.simulate.lines import ShopEvent, encode_line, event_time_ms
from streamseg.simulate.messages import messages
from streamseg.simulate.plan import ShopPlan
from streamseg.simulate.shop import simulate

__all__ = ["ShopEvent", "ShopPlan", "encode_line", "event_time_ms", "messages", "simulate"]
