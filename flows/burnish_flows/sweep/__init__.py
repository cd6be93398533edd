"""A sweep over a recipe's settings: values proposed by Optuna, trained by any runner, stored in MLflow."""
