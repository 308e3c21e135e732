"""The pure engine: events in, outcomes out; no I/O, no clock, no randomness.

The rules that everything in this package obeys:

- Time is an argument, integer milliseconds since 1970 UTC. Nothing here reads a clock.
- A contact's segments are decided at the contact's own instants, whatever arrives for others.
- A condition answers three questions: what must be remembered, do I hold, when can time alone
  change me. There is no special case for a template anywhere in this package.
- What is remembered between two batches is bytes; decoding and encoding it changes nothing.
"""
