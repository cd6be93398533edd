# burnish_median/median.py
from torch.nn import functional


class Median:
    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, degraded):  # N,C,H,W float32 in [0, 1] → the same
        before, after = (self.size - 1) // 2, self.size // 2
        padded = functional.pad(degraded, (before, after, before, after), mode="replicate")
        return padded.unfold(2, self.size, 1).unfold(3, self.size, 1).flatten(4).median(dim=-1).values
