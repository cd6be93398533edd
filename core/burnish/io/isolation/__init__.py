"""Decoding of untrusted files in separate processes, within limits of time and memory."""
