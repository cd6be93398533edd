"""Recipes on a Prefect server: triggers of their retraining, and the server's runs and deployments."""
