"""A restorer for burnish: first-restorer."""
