"""Following what Streamseg reads and tells: events, triggers, decisions, dead letters and more."""
