"""The console in a real Chromium, against a real worker and a real Kafka: `make check-console`."""
