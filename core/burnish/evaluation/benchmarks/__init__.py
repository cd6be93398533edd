"""The benchmark: its data, degrader, metrics and digest; its inputs; what scores rest on without clean pictures."""
