"""What the manual's site is made of beside its written pages: `make docs` calls it through ``hooks``."""
