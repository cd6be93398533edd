"""The model registry: versions, aliases, decisions and where each version comes from."""
