"""Convolutional restorers for burnish, written from their papers: DnCNN, FFDNet, U-net and NAFNet."""
