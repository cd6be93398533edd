"""What an evaluation leaves to look at: the report, strips, pictures, the folder."""
