"""Blur: kernels, their random draws, and convolution with a different kernel for each picture or place."""
