"""``make release-check``: whether what is published is complete, repeatable, and works where the repository is not."""
