"""Running restorers: any of them, over pictures of any size, files and folders."""

from burnish.inference.files.folders import Reading, Restored, restore_files
from burnish.inference.frames import restore_clip
from burnish.inference.kernels import read_kernel
from burnish.inference.linear_light import in_light, into_light
from burnish.inference.loading.load import choose_device, load_bundle, load_named, load_restorer
from burnish.inference.loading.locating import locate_model
from burnish.inference.pictures import restore_picture
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
    "read_kernel",
    "restore",
    "restore_clip",
    "restore_detailed",
    "restore_files",
    "restore_picture",
]
