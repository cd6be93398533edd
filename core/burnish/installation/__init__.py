"""What is installed and where it runs, looked at for faults that show late: ``burnish doctor``."""
