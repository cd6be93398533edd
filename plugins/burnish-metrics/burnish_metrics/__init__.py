"""The plugin burnish-metrics; see plugin.py for what it declares."""
