"""Solvers that receive kernel and noise."""
