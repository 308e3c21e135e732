"""``value:`` of a rule file: which orders count, the labels made of them, and what is counted."""
