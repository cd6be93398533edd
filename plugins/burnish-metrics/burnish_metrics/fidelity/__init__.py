"""Metrics that compare an estimate with its reference."""
