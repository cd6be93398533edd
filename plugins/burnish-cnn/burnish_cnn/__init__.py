"""Convolutional restorers for burnish, written from their papers: DnCNN, FFDNet (σ known or not), U-net and NAFNet."""
