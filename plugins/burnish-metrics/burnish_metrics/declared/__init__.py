"""The declarations of metrics and benchmarks."""
