"""Super-resolution for burnish, from one picture or several."""
