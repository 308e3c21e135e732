"""Quantile tables: cuts that are quantiles over the shop's own contacts."""
