"""Classical restorers for burnish: the seeds of comparison."""
