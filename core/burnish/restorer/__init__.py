"""A ready restorer, its traits, the options of a run, and the bundle that contains its weights."""
