"""A restorer ready to use, what it needs of a picture, the options of a run, and the bundle that holds its weights."""
