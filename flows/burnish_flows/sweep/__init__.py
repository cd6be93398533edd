"""A recipe with other settings: proposed by Optuna, trained by any runner, stored in MLflow."""
