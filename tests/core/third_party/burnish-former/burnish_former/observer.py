"""The observer of burnish-former: a line for every decision about a promotion, as a starting point."""

import json
from pathlib import Path

from burnish.events import PromotionDecided


def note(event: PromotionDecided, path: Path) -> None:
    """Append the event as a line of JSON.

    The host calls observers while it works, ignores what they return, and logs what they raise; nothing else stops.
    An event is frozen; its fields are in the manual's reference of hooks.
    """
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event.as_json(), sort_keys=True) + "\n")
