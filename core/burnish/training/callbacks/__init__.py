"""Lightning's callbacks of a training: what leads it, watches it, keeps its best weights, and tells of it."""
