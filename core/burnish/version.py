"""The version of the host; plugins state in ``Requires-Dist`` which versions they need."""

__version__ = "0.1.0"
