"""PSNR and SSIM for burnish, as named and versioned protocols."""
