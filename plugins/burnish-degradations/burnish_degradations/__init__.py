"""The plugin burnish-degradations; see plugin.py for what it declares."""
