"""What a result was computed with: the code, found by its imports, the plugins, and the versions of libraries."""
