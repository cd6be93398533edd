"""Adversarially trained restorers for burnish, written from their papers: DeblurGAN-v2 and ESRGAN."""
