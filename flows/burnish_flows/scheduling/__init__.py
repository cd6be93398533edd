"""Recipes on a Prefect server: when and why they are retrained, and what the server knows of it."""
