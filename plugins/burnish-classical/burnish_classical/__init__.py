"""The plugin burnish-classical; see plugin.py for what it declares."""
