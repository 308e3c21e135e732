"""Values: instants, dates, clocks of zones, exact numbers, comparisons."""
