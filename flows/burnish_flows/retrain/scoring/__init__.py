"""What restorers score on the recipe's benchmarks, each answer kept; and what the gates say of it."""
