"""The progress of a retraining: MLflow's run, Prefect's log and page, printed lines, observers."""
