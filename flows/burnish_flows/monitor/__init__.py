"""Monitoring: arriving pictures, look by look, compared with the training data of the registered model."""
