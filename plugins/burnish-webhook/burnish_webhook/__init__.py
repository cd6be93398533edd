"""Notifies other systems by HTTP about models: registered, promoted, rejected, failed."""
