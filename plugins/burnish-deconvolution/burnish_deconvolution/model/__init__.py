"""The forward model: blur on a canvas, what was recorded, lights, noise."""
