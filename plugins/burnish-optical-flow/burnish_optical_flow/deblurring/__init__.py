"""Deblurring along the motion that a flow shows."""
