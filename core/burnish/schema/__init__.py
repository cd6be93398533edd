"""Reading and checking files that people write: YAML with line and column, faults in plain words, names."""
