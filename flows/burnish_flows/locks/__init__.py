"""Locks: one writer and one retraining per model, across processes and hosts."""
