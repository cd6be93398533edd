"""Checkpoints on disk, and the choice of the one to resume from."""
