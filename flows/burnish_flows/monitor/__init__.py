"""Monitoring: what arrives for restoration, look by look, against what the registered model was trained for."""
