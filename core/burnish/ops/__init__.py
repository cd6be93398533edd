"""Operations on tensors of pictures, for plugins: resampling, alignment, bands, padding, masks, transfer curves."""
