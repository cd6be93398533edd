"""Reading and checking files written by people: YAML with line and column, faults in plain words, names."""
