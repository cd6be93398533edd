"""Pictures in and out: read and written without loss of depth, alpha, orientation or metadata."""

from burnish.imaging.clips import list_clips, list_frames
from burnish.imaging.colour import luma
from burnish.imaging.files import SUFFIXES, read_picture, write_picture
from burnish.imaging.folders import list_pictures
from burnish.imaging.limits import MAX_PIXELS
from burnish.imaging.orientation import upright
from burnish.imaging.picture import Metadata, Picture
from burnish.imaging.tensors import from_tensor, read_clean, to_tensor

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "Metadata",
    "Picture",
    "from_tensor",
    "list_clips",
    "list_frames",
    "list_pictures",
    "luma",
    "read_clean",
    "read_picture",
    "to_tensor",
    "upright",
    "write_picture",
]
