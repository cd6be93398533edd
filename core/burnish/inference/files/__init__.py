"""Restoring files and folders: what becomes which output, written whole or not at all."""
