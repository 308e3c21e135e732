"""Benchmarks, with the peers they are measured against; README.md tells how to read them."""
