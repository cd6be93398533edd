"""Metrics that need no clean picture: from other shots of the scene, or from a model of the noise."""
