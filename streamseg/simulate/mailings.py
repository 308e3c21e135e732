"""Messages that the shop sends, and what their readers do with them."""

from streamseg.simulate.floor import Contact, Floor
from streamseg.simulate.schedule import Process
from streamseg.simulate.visits import visit

_CAMPAIGNS = ("spring", "new-in", "sale", "you-may-like")
_CHANNELS = ("email", "email", "push", "sms")


def message(floor: Floor, contact: Contact) -> Process:
    """One message from sending to, at best, the visit that it brings."""
    about = {"channel": floor.rng.choice(_CHANNELS), "campaign": floor.rng.choice(_CAMPAIGNS)}
    floor.tell(contact, "message_sent", **about)
    yield floor.wait(floor.plan.think_s / 4)
    if floor.happens(0.02):
        floor.tell(contact, "message_bounced", **about)
        return
    floor.tell(contact, "message_delivered", **about)
    if not floor.happens(0.4):
        return
    yield floor.wait(floor.plan.think_s * 30)
    floor.tell(contact, "message_opened", **about)
    yield floor.think()
    if floor.happens(0.03):
        floor.tell(contact, "message_unsubscribed", **about)
        floor.tell(contact, "contact_updated", email_opt_in=False)
    elif floor.happens(0.004):
        floor.tell(contact, "message_complained", **about)
    elif floor.happens(0.35):
        floor.tell(contact, "message_clicked", **about)
        yield floor.think()
        yield from visit(floor, contact, about["campaign"])
