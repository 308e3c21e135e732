"""The pure engine: events in, outcomes out; no I/O, no clock, no randomness.

The rules that everything in this package obeys:

- Time is an argument, integer milliseconds since 1970 UTC. Nothing here reads a clock.
- A contact's segments are evaluated at the contact's own instants, whatever arrives for other
  contacts.
- A condition answers three questions: what must be remembered for it, whether it holds, and when
  time alone can change that. No code in this package is special to a template.
- What is remembered between two batches is bytes; decoding and encoding it changes nothing.
"""
