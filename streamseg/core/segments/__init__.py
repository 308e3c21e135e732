"""Segments, compiled from definitions to a layout of state, and the indexes over them."""
