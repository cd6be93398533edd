"""Blind deconvolution: the kernel is estimated first, from coarse to fine."""
