"""Classical restorers for burnish: the baselines of comparisons."""
