"""What stands between the host and its plugins: nothing that one declares, or does while it is imported, breaks it."""
