"""The learners: how each method fits a restorer to noisy pictures."""
