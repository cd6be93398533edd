"""Restoring files and folders: names of outputs, each written whole or not at all."""
