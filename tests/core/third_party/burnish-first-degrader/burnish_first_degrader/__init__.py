"""A degrader for burnish: first-degrader."""
