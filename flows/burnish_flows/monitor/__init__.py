"""Monitoring: arriving pictures, in successive looks, compared with the training data of the registered model."""
