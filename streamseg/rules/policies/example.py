"""A file with policies, to begin with: for the reference, and `streamseg rules new policies`."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = """\
version: 1
policies:
  # Where a contact's clock is: an attribute that names a zone or an offset, else another attribute.
  zone: {attribute: timezone, by: {attribute: country, PL: Europe/Warsaw}, default: Europe/Kyiv}
  # Which attribute says yes. No answer is no; `message_unsubscribed` of the channel is a no, too.
  consent:
    email: {grant: consent.email, channel: email, expires: 730d}
    push: {grant: consent.push, channel: push}
  # Nobody is told anything at night: it waits, and is asked again in the morning.
  quiet: {from: 22:00, to: 08:00}
  # Not twice a week, campaigns of other tools included; and as often a day as the contact wants.
  caps:
    weekly: {max: 1, within: 7d, count: [fired, sent], channel: email}
    daily: {max: {attribute: preferences.per_day, default: 2}, per: day}
  # Five in a hundred get nothing at all, to compare with.
  holdout: {percent: 5, seed: 2026-q4}
  # The contact's own pause: until the instant that this attribute has.
  snooze: preferences.pause_until
  # How long a trigger waits at most.
  expires: 24h
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: [1h, 24h]}
    # It needs one of these, minds one cap only, and goes before others. A against B, and 10 in a
    # hundred get nothing.
    policy:
      consent: [email, push]
      caps: [daily]
      priority: 80
      expires: 12h
      split: {of: {a: 45, b: 45, control: 10}, seed: cart-1}
  - name: receipt
    on: order_placed
    policy: {consent: none, quiet: none, caps: none, holdout: none}
  - name: digest
    when: {did: product_viewed, at_least: 3, within: 7d}
    trigger: {cooldown: 7d}
    # At the hour at which the contact most likely reads messages, within a week; else at ten.
    policy:
      consent: [email]
      send_at: {best: {within: 7d, else: 10:00}}
      expires: 7d
"""
