"""The model registry: versions, aliases, decisions and the lineage of each version."""
