"""Losses, optimisers and the learning rate."""
