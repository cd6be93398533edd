"""Reading and checking what people write: YAML with line and column, faults in plain words, names."""
