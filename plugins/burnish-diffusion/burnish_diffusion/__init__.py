"""Restorers that iterate a learned reverse diffusion, for burnish."""
