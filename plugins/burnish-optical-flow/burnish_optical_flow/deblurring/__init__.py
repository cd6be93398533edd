"""Deblurring along the motion of a flow."""
