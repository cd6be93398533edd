"""Pictures in and out: read and written without loss of depth, alpha, orientation or metadata.

Each name is imported on first use, so that processes that only decode never load torch.
"""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.io.atomic import write_whole
    from burnish.io.files import read_picture, write_picture
    from burnish.io.folders import list_clips, list_frames, list_pictures
    from burnish.io.formats.lookup import is_picture, suffixes
    from burnish.io.limits import MAX_PIXELS, check_size, pixel_limit
    from burnish.io.orientation import upright
    from burnish.io.outputs import refuse_same
    from burnish.io.picture import Metadata, Picture
    from burnish.io.profiles import transfer_of
    from burnish.io.tensors import from_tensor, read_clean, to_tensor

__all__ = [
    "MAX_PIXELS",
    "Metadata",
    "Picture",
    "check_size",
    "from_tensor",
    "is_picture",
    "list_clips",
    "list_frames",
    "list_pictures",
    "pixel_limit",
    "read_clean",
    "read_picture",
    "refuse_same",
    "suffixes",
    "to_tensor",
    "transfer_of",
    "upright",
    "write_picture",
    "write_whole",
]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.io.atomic": "write_whole",
        "burnish.io.outputs": "refuse_same",
        "burnish.io.files": "read_picture write_picture",
        "burnish.io.folders": "list_clips list_frames list_pictures",
        "burnish.io.formats.lookup": "is_picture suffixes",
        "burnish.io.orientation": "upright",
        "burnish.io.picture": "Metadata Picture",
        "burnish.io.profiles": "transfer_of",
        "burnish.io.limits": "MAX_PIXELS check_size pixel_limit",
        "burnish.io.tensors": "from_tensor read_clean to_tensor",
    },
)
