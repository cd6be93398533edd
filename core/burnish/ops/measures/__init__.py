"""Measures of a picture from its pixels alone: noise, blur, traces of compression, brightness, contrast."""
