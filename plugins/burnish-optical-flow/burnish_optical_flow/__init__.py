"""Optical flow for burnish: estimators, burst fusion, deblurring by flow."""
