"""Convolutional restorers for burnish, written from their papers: DnCNN, FFDNet (told the noise or finding it), U-net and NAFNet."""
