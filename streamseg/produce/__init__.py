"""NDJSON lines into Kafka: which topic and key a line has, and how records get there fast."""
