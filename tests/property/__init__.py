"""Generated rules and streams: what holds for all of them."""
