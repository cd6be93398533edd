"""A folder of pictures restored by many workers: the same bytes from every worker, and nothing twice."""
