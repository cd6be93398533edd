"""Whether a difference is real: paired comparison and bootstrap."""
