"""Following what Streamseg tells: triggers, membership, decisions and dead letters."""
