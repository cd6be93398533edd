"""A folder of pictures restored by many workers: the same bytes whoever does it, and nothing twice."""
