"""The forward model: blur on a canvas, the recorded data, lights, noise."""
