"""The Kafka host on a real broker."""
