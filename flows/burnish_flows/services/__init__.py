"""Services of a single machine: servers, a worker, and a watcher of them and of the data."""
