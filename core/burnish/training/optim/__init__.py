"""Losses, optimizers and the learning rate."""
