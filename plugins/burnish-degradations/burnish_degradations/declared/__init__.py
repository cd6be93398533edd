"""The declarations of chains and of bursts and clips, and the schemas that settings share."""
