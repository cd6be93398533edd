"""Lightning's callbacks of a training: the loop, monitoring, best weights, and reports."""
