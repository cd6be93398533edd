"""Networks that deconvolve."""
