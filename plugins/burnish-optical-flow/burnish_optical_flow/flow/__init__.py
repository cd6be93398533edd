"""Flow fields: files, pictures, errors, consistency, warping along them."""
