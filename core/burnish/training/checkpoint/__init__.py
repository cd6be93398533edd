"""Checkpoints on disk, and which of them a training goes on from."""
