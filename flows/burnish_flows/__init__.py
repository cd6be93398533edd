"""Retraining for burnish: DVC pins data, Prefect runs the flow, MLflow registers models, gates decide promotions."""
