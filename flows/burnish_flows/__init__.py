"""Retraining for burnish: DVC pins the data, Prefect runs the flow, MLflow registers, gates decide the promotion."""
