"""The messages of the engine: what they say, when they are told, and in which order."""
