"""The plugin host: what plugins declare, how they are found, checked, loaded and looked up."""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.plugins.catalog import Catalog, installed, undoes
    from burnish.plugins.entry import Entry

__all__ = ["Catalog", "Entry", "installed", "undoes"]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.plugins.catalog": "Catalog installed undoes",
        "burnish.plugins.entry": "Entry",
    },
)
