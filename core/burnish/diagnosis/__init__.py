"""What is wrong with a picture, told from the picture alone: noise, blur, JPEG, resolution, clipping, exposure."""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.diagnosis.diagnosis import BlurFound, Diagnosis, JpegFound, Light, Noise
    from burnish.diagnosis.examining import examine

__all__ = ["BlurFound", "Diagnosis", "JpegFound", "Light", "Noise", "examine"]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.diagnosis.diagnosis": "BlurFound Diagnosis JpegFound Light Noise",
        "burnish.diagnosis.examining": "examine",
    },
)
