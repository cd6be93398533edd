"""What the host itself declares, by the same hooks as every plugin: two restorers and the gates."""
