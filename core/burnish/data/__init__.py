"""Datasets as files: which pictures belong together, what is known of each, and the hash over all."""
