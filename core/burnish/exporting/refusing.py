"""What cannot be exported by its nature, said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from burnish.errors import UsageError
from burnish.exporting.subject import LEAST
from burnish.inference.calling import call
from burnish.inference.eager import FP32
from burnish.inference.engine import UnfitError
from burnish.inference.sample import sample
from burnish.restorer.restorer import Restorer

SOLVING = ("solve", "lstsq", "linalg_inv")
"""Parts of the names of operators that solve equations."""


def refuse(loaded: Restorer) -> None:
    """Refuse what has no network that could be written.

    Raises:
        UsageError: Says why.
    """
    if not isinstance(loaded.restorer, nn.Module) or not loaded.learned or not loaded.parameters:
        raise UsageError(f"{loaded.subject} is no network of torch, and cannot be exported; give one that was trained")
    if not loaded.spec.deterministic:
        raise UsageError(f"{loaded.subject} draws random numbers, which no file would repeat; it cannot be exported")


def refuse_solving(loaded: Restorer) -> None:
    """Refuse what solves equations, for which ONNX has no operator, before minutes are spent on recording it.

    Raises:
        UnfitError: It does.
    """
    side = loaded.fitting(2 * LEAST)
    picture, told = sample(loaded, 0 if loaded.spec.temporal == "single" else 2, 1, side, side)
    with _Solving() as solving:
        call(loaded, picture, told, FP32)
    if solving.found:
        raise UnfitError(f"it solves equations ({solving.found}), for which ONNX has no operator")


class _Solving(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Listens to torch's operators that solve equations."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found = ""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch's compiler would be imported only to skip this

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        if any(part in str(func) for part in SOLVING):
            self.found = str(func)
        return func(*args, **(kwargs or {}))
