"""The version of the host; plugins say in ``Requires-Dist`` which of them they need."""

__version__ = "0.1.0"
