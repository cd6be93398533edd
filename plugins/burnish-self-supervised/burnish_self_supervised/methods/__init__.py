"""The mathematics of each method, on tensors: no training, no networks, all random draws by a given generator."""
