"""Blur: kernels, how they are drawn, and convolution with another kernel for each picture or place."""
