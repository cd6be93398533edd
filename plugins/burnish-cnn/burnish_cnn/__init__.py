"""The plugin burnish-cnn; see plugin.py for what it declares."""
