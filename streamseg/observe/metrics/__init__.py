"""The metrics, one module a group of them."""
