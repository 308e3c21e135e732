"""The Kafka host: a Faust app whose data plane is a transactional loop of its own."""
