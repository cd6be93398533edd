"""Convolutional restorers for burnish, written from their papers: DnCNN and NAFNet."""
