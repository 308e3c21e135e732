"""What a contact's order days tell of the next ones: a model in closed form, and exact instants."""
