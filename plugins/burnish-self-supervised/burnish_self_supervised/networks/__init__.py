"""Networks whose output at a pixel cannot depend on that pixel."""
