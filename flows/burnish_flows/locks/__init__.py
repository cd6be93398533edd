"""Who may write: one writer a model, one retraining a model, across processes and hosts."""
