"""Tells other systems by HTTP what happens to models: registered, promoted, rejected, failed."""
