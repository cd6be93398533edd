"""Learners for burnish that need no clean pictures, and the networks that some of them need, from their papers."""
