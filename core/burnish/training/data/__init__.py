"""Clean pictures as patches: decoded once, cut, augmented."""
