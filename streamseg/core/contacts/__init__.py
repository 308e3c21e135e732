"""A contact's state: decoded, and as bytes at rest."""
