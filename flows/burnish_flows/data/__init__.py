"""Datasets: pinned by DVC, hashed without it, and told to MLflow."""
