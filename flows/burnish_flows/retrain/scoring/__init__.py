"""Scores of restorers on the recipe's benchmarks, each stored; and the gates' verdicts on them."""
