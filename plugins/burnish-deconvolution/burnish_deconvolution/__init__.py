"""Deconvolution for burnish: classical, plug-and-play, blind and learned."""
