"""Picture and video formats, and the metadata blocks that they share."""
