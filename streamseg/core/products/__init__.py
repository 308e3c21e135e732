"""Facts of products, and how a change gets to the contacts that have the product as a key."""
