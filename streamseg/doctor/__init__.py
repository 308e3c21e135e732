"""Looks at an installation on Kafka from outside, and says what is wrong and what to do."""

from streamseg.doctor.examining import Finding, examine

__all__ = ["Finding", "examine"]
