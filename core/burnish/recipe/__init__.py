"""The recipe: what is trained, on which data, and how it is judged."""
