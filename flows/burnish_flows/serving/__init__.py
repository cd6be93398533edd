"""A champion behind HTTP: pictures in, restored pictures out, the model swapped while requests run."""
