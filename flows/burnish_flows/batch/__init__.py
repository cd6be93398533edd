"""Restores a folder of pictures with many workers: all give the same bytes, and no picture is restored twice."""
