"""The host's own declarations, by the same hooks as every plugin: two restorers and the gates."""
