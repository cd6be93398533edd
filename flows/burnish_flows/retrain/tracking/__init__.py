"""How a retraining is followed: MLflow's run, Prefect's log and page, lines for people, observers."""
