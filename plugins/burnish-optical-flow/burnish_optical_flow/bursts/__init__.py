"""A sharp picture from a burst: aligned, fused, finished."""
