"""A picture that is too large: cut, restored piece by piece, and put together without seams."""
