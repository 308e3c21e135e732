"""The demo: Kafka, topics, a worker and a shop with customers, for a minute, and then nothing."""
