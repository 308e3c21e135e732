"""One person under several ids: merges, erasures and objections, across partitions."""
