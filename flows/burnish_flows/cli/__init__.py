"""The sub-commands that burnish-flows adds: one module each, with ``main(argv) -> exit status``."""
