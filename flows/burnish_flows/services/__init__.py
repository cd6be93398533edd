"""All that a single machine needs beside the flow: servers, a worker, and somebody who watches them and the data."""
