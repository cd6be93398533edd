"""Recipes on a Prefect server: triggers for their retraining, and the server's runs and deployments."""
