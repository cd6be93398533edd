"""Datasets: pinned by DVC, hashed without it, and logged to MLflow."""
