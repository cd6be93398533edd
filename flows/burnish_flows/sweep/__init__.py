"""A recipe tried with other settings: proposed by Optuna, trained by whichever runner, kept in MLflow."""
