"""Counters in the state: members of segments, messages, and the orders that followed them."""
