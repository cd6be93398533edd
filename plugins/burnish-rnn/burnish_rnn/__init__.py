"""Recurrent restorers of clips for burnish: ConvLSTM and bidirectional propagation."""
