"""``value:`` of a rule file: what an order is worth, and the labels that are made of orders."""
