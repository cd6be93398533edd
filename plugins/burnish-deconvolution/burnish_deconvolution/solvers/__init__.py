"""Solvers that are given kernel and noise."""
