"""Running restorers: any of them, over pictures of any size, files and folders.

Each name is imported on first use, so that what only looks at shipped weights never loads torch.
"""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.inference.files.folders import Reading, Restored, restore_files
    from burnish.inference.frames import restore_clip
    from burnish.inference.kernels import read_kernel
    from burnish.inference.linear_light import in_light, into_light
    from burnish.inference.loading.load import choose_device, load_bundle, load_named, load_restorer
    from burnish.inference.loading.locating import locate_model
    from burnish.inference.pictures import restore_picture
    from burnish.inference.preparing import prepare_engine
    from burnish.inference.restoring import Restoration, restore, restore_detailed
    from burnish.restorer.restorer import Restorer

__all__ = [
    "Reading",
    "Restoration",
    "Restored",
    "Restorer",
    "choose_device",
    "in_light",
    "into_light",
    "load_bundle",
    "load_named",
    "load_restorer",
    "locate_model",
    "prepare_engine",
    "read_kernel",
    "restore",
    "restore_clip",
    "restore_detailed",
    "restore_files",
    "restore_picture",
]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.inference.files.folders": "Reading Restored restore_files",
        "burnish.inference.frames": "restore_clip",
        "burnish.inference.kernels": "read_kernel",
        "burnish.inference.linear_light": "in_light into_light",
        "burnish.inference.loading.load": "choose_device load_bundle load_named load_restorer",
        "burnish.inference.loading.locating": "locate_model",
        "burnish.inference.pictures": "restore_picture",
        "burnish.inference.preparing": "prepare_engine",
        "burnish.inference.restoring": "Restoration restore restore_detailed",
        "burnish.restorer.restorer": "Restorer",
    },
)
