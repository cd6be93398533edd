"""From an id, a bundle or a registered model to a ready restorer."""
