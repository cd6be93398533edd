"""Restoring files and folders: the names of outputs, each written completely or not at all."""
