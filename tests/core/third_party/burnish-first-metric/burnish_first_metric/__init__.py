"""A metric for burnish: first-metric."""
