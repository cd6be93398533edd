"""Tiling of large pictures: cut, restored tile by tile, and put together without seams."""
