"""Pictures in and out: read and written without loss of depth, alpha, orientation or metadata.

Each name is imported on first use, so that processes that only decode never load torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.imaging.clips import list_clips, list_frames
    from burnish.imaging.colour import luma
    from burnish.imaging.files import SUFFIXES, read_picture, write_picture
    from burnish.imaging.folders import list_pictures
    from burnish.imaging.limits import MAX_PIXELS
    from burnish.imaging.orientation import upright
    from burnish.imaging.picture import Metadata, Picture
    from burnish.imaging.profiles import transfer_of
    from burnish.imaging.saturation import saturated_pixels
    from burnish.imaging.tensors import from_tensor, read_clean, to_tensor
    from burnish.imaging.transfer import Transfer, transfer_named

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "Metadata",
    "Picture",
    "Transfer",
    "from_tensor",
    "list_clips",
    "list_frames",
    "list_pictures",
    "luma",
    "read_clean",
    "read_picture",
    "saturated_pixels",
    "to_tensor",
    "transfer_named",
    "transfer_of",
    "upright",
    "write_picture",
]

_HOMES = {
    "clips": ("list_clips", "list_frames"),
    "colour": ("luma",),
    "files": ("SUFFIXES", "read_picture", "write_picture"),
    "folders": ("list_pictures",),
    "limits": ("MAX_PIXELS",),
    "orientation": ("upright",),
    "picture": ("Metadata", "Picture"),
    "profiles": ("transfer_of",),
    "saturation": ("saturated_pixels",),
    "tensors": ("from_tensor", "read_clean", "to_tensor"),
    "transfer": ("Transfer", "transfer_named"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"burnish.imaging.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
