"""The real-world degradation of Real-ESRGAN."""
