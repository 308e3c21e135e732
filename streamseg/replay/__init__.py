"""The file host: the same engine without Kafka, its clock advanced by the events."""
