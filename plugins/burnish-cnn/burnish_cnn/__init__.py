"""Convolutional restorers for burnish, written from their papers: DnCNN, FFDNet (told σ or not), U-net and NAFNet."""
