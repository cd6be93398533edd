"""Datasets: pinned by DVC, hashed without it, logged to MLflow."""
