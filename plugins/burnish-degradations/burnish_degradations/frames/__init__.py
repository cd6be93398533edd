"""Bursts and clips: several frames of one scene, and how a camera blurs and skews them."""
