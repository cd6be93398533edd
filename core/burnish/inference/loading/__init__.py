"""From an id, a bundle or a registered model to a restorer that is ready to work."""
