"""How many are in a segment, what was told and what came of it: counters in the state."""
