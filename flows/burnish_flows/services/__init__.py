"""Services of a single machine: servers, a worker, and a process that watches them and the data."""
