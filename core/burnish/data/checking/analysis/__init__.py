"""Measurements of pictures that the check needs: shift, brightness, correlation of noise, perceptual hash."""
