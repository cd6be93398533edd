"""What a training may use of the machine: device, threads and processes, memory of the allocator, the run alone."""
