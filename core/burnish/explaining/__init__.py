"""What a place of an estimate was made from: which pixels, frames and features, and how far the restorer looks."""
