"""The records with which a plugin declares its contents: frozen, picklable, JSON-able, and free of frameworks.

An implementation is named by a string ``"module:attribute"`` and resolved on first use, so that listing what is
installed never imports torch. Ids are made by the host: the distribution's name without ``burnish-``, a slash, the
declared name (``burnish-cnn`` + ``dncnn`` = ``cnn/dncnn``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from types import MappingProxyType
from typing import Any, ClassVar

from burnish.plugins.record import Record

CONDITIONS = frozenset({"kernel", "sigma", "scale", "mask", "saturated", "flow", "curve"})
"""The names of the conditions that can be known about a degradation.

``curve`` is the ``burnish.ops.transfer.Transfer`` by which the host converted a picture to light, where the picture's
file alone says so and nobody else: the picture may have been degraded as it is stored, which is
``curve.from_light(light)``."""

TEMPORAL = ("single", "burst", "video")
"""The frames that a restorer or degrader works on: one picture, several of one scene, or a clip."""

COMPARED = (
    "picture", "clip", "kernel", "flow", "blind", "interval", "shots", "probe", "redegraded", "enlarged",
)  # fmt: skip
"""What a metric compares: pictures N,C,H,W; clips N,T,C,H,W; kernels N,1,k,k; motion N,2,H,W in pixels; or the estimate
N,C,H,W of a blind method with N,2,C,H,W, the clean picture and what the true kernel leads to; or N,2,C,H,W, the lower
and upper ends of calibrated intervals, with the clean picture N,C,H,W: such a metric has an attribute ``coverage``, the
part of a picture's values for which they are asked.

Without a clean picture, an estimate N,C,H,W is compared with noisy ones:

- ``shots``: with N,S,C,H,W, at least one independent noisy picture of the same scene that the restorer did not see:
  other shots, or other pixels of each 2×2 cell where the restorer saw one pixel of each.
- ``probe``: with N,4,C,H,W, in this order the noisy picture y that the restorer saw, the variance of its noise, y + δ,
  and the restorer's estimate of y + δ; δ is white Gaussian noise, small against y's own.

- ``redegraded``: the estimate degraded again without noise, N,C,h,w, where the benchmark's degradation can be repeated
  (noise, a blur of known kernel, a linear reduction); with N,2,C,h,w, the degraded picture, and its noise's standard
  deviation.

With one, ``enlarged`` is an estimate N,C,H,W with N,2,C,H,W: the clean picture, and the small one that the estimate was
made from, enlarged by linear interpolation."""

TILING = ("overlap", "blend", "whole")
"""The tiling of a large picture: exact, with the receptive field as overlap; approximate; or not allowed."""

LIGHT = ("stored", "linear")
"""The values that a restorer's model assumes: those stored in files, or the light that they represent, in which blur is
a sum.
"""

COLOURS = ("rgb", "grey", "y")
"""The colours in which a benchmark compares: all, the 8-bit luma of the file, or BT.601 studio luma."""

FILE = "file"
"""The setting of a restorer that is made of files (``RestorerSpec.suffixes``)."""

TRAINS_ON = ("target", "shots", "noisy")
"""What a learner must be shown: a clean target for every picture; two independent shots of one scene; degraded pictures
alone."""

AXES = ("y", "x", "channel")
"""The axes of a picture in a file: rows, columns, and colours (without it: grey alone)."""

DEPTHS = ("uint8", "uint16", "float32")
"""The types of samples, from the shallowest to the deepest; float32 is white at 1."""

METADATA = frozenset({"exif", "icc", "xmp", "dpi", "orientation", "alpha_kind", "png_chunks", "tiff_tags"})
"""What a file may hold beside its samples: the fields of ``burnish.io.Metadata``."""

NOISE = frozenset(
    {
        "zero-mean",
        "independent-pixels",
        "independent-shots",
        "gaussian",
        "poisson",
        "poisson-gaussian",
        "correlated",
    }
)
"""The words for what a learner assumes of the noise."""


class Spec(Record):
    """Fields that all declarations share."""

    kind: ClassVar[str] = "spec"
    """The plural noun of the command line and of the catalog (``restorers``)."""

    name: str
    """Lower case, digits and hyphens; the method's name in its paper."""
    factory: str
    """``"module:attribute"``; called with the configuration as keywords."""
    summary: str
    """One line, no full stop."""
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The factory's keywords: name → JSON Schema of the value, with ``default`` and ``description``. ``fixed: True``
    says that trained weights hold for one value only; of ``channels``, ``scale`` and what changes the weights' shapes
    the host knows."""
    reference: str = ""
    """The source: DOI, arXiv id or title of the paper; empty where there is none."""

    def as_json(self) -> dict[str, Any]:
        """The record as plain JSON values: sets sorted, tuples as lists."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


class RestorerSpec(Spec):
    """Observation → estimate. Contains what the host must know to use a restorer without importing it.

    A config key ``channels`` or ``scale``, where a restorer has one, chooses among the values declared here.
    """

    kind: ClassVar[str] = "restorers"

    tasks: frozenset[str] = frozenset()
    """What it undoes: ``denoise``, ``deblur``, ``super-resolve``, ``dejpeg``, ``enhance``."""
    needs: frozenset[str] = frozenset()
    """The conditions that it needs (see ``CONDITIONS``), passed as keywords."""
    accepts: frozenset[str] = frozenset()
    """The optional conditions, passed as keywords if they are known (``mask``: 1 where a pixel was recorded, 0 where it
    is invalid; ``saturated``; ``curve``); each keyword has a default.
    """
    light: str = "stored"
    """One of ``LIGHT``: with ``linear`` the host converts a photograph's values to light and the estimate back, by the
    picture's own curve; an attribute ``light`` of the instance wins. With a config key ``transfer`` (``linear``:
    unchanged values) callers can let the restorer convert instead of the host.
    """
    scale: tuple[int, ...] = (1,)
    """The enlargement factors it can produce; 1 keeps the size."""
    channels: tuple[int, ...] = (1, 3)
    """The numbers of picture channels that it takes: 1 grey, 3 RGB."""
    size_multiple: int = 1
    """Height and width must be multiples of this; the host pads and crops."""
    min_size: int = 1
    """The smallest height and width in pixels that it takes; the host pads and crops."""
    temporal: str = "single"
    """One of ``TEMPORAL``."""
    receptive_field: int | None = None
    """Side in input pixels, odd, of the square that one output pixel depends on, at the default configuration; an
    attribute ``receptive_field`` of the instance wins. None: the whole picture."""
    tiling: str = "overlap"
    """One of ``TILING``; ``overlap`` needs a finite receptive field."""
    deterministic: bool = True
    """Whether the same observation always gives the same estimate."""
    trainable: bool = False
    """Whether the factory gives a trainable ``torch.nn.Module``."""
    learned: bool = False
    """Whether it, or a network that it uses, was trained on pictures that fill [0, 1]; the host then scales pictures of
    another range to this one. True for trainable ones; the instance's attribute wins.
    """
    learner: str = ""
    """``"module:attribute"`` of its own LightningModule, for networks with losses of their own, used where a recipe
    names no learner; empty: the host's supervised learner."""
    weights: Mapping[str, str] = field(default_factory=dict)
    """Trained weights that ship with it: name → the bundle's folder within the factory's package (``{"grey-25":
    "weights/grey-25"}``); used as ``cnn/dncnn:grey-25`` in place of a restorer's id.
    """
    asks: tuple[str, ...] = ()
    """Ids of restorers that it may use although no setting names them, installed or not: a change of their code changes
    the fingerprint. Those named by settings or defaults need not be listed.
    """
    window: int = 0
    """Largest number of frames of a clip that it receives together; 0: the whole clip. Clips only."""
    window_overlap: int = 0
    """Least number of frames by which neighbouring windows overlap; half of them are dropped on either side."""
    precision_tolerance: float = 0.0
    """Largest root-mean-square deviation from float32, in [0, 1], that reduced precision may cause; 0: float32 only."""
    license: str = "Apache-2.0"
    """SPDX id of code and, where some ship with it, weights."""
    suffixes: tuple[str, ...] = ()
    """Suffixes of the files that it is made of (``.onnx``), in lower case: such a file may stand in place of an id, and
    becomes the value of its setting ``file``. Settings without value are told by the file: attributes of the instance
    with their names.
    """
    packages: Mapping[str, str] = field(default_factory=dict)
    """Modules that it imports although its distribution does not require them, those that others import first: name →
    how to install it, for errors and ``burnish doctor``."""

    def made_of_file(self, config: Mapping[str, object]) -> bool:
        """Whether these settings name a file that it is made of, so that its weights are not random."""
        return bool(self.suffixes and config.get(FILE))


class DegraderSpec(Spec):
    """Clean → observation: a forward model."""

    kind: ClassVar[str] = "degraders"

    tasks: frozenset[str] = frozenset()
    """The tasks that undo it, in the words of ``RestorerSpec.tasks``."""
    gives: frozenset[str] = frozenset()
    """The conditions of its observations (see ``CONDITIONS``)."""
    scale: tuple[int, ...] = (1,)
    """The factors by which it can reduce a picture; the config key ``scale`` chooses one."""
    temporal: str = "single"
    """One of ``TEMPORAL``: the kind of its observations."""
    linear: bool = False
    """Whether the instance exposes ``A`` and ``A_adjoint`` (its noise-free part)."""


class MetricSpec(Spec):
    """Estimate and reference → one number per image, by a named and versioned protocol."""

    kind: ClassVar[str] = "metrics"

    of: str = "picture"
    """One of ``COMPARED``."""
    version: int = 1
    """Incremented whenever the same pictures would give other numbers; scores of different versions are never compared.
    """
    unit: str = ""
    """``dB`` or empty."""
    higher_is_better: bool = True
    """The direction of quality."""
    ranks: bool = True
    """False: a figure that is told and has its own gate, as coverage; none is better than another for being higher."""
    needs_reference: bool = True
    """False for no-reference measures."""
    protocol: Mapping[str, object] = field(default_factory=dict)
    """The convention in words and figures: luma, border, rounding, window, data range; stored with every score."""


class LearnerSpec(Spec):
    """A way to fit a restorer: what it is shown, and the loss; independent of the network.

    ``factory`` names a class, called as ``Learner(restorer, degrader, settings, spec, **config)``; see
    ``burnish.training.SupervisedLearner``.
    """

    kind: ClassVar[str] = "learners"

    needs: str = "target"
    """One of ``TRAINS_ON``."""
    assumes: frozenset[str] = frozenset()
    """What must hold of the noise, in the words of ``NOISE``; empty: nothing."""
    conditions: frozenset[str] = frozenset()
    """The conditions that the observations must carry, unless a setting of the learner of that name gives them;
    ``sigma`` stands for the level of the noise, which ``gain`` and ``read_noise`` give as well."""
    restorers: tuple[str, ...] = ()
    """Ids of the restorers that it fits; empty: every trainable one of such ``scale`` and ``temporal``."""
    scale: tuple[int, ...] = (1,)
    """The enlargement factors of the restorers that it fits; empty: any."""
    temporal: tuple[str, ...] = ("single",)
    """The kinds of restorers that it fits, in the words of ``TEMPORAL``."""


class BenchmarkSpec(Spec):
    """A fixed test: a degrader with a fixed seed, a colour convention and metrics.

    The clean images are a folder that the caller names; where a published set is meant, ``images`` says which.
    ``factory`` is unused and empty: a benchmark is data.
    """

    kind: ClassVar[str] = "benchmarks"

    factory: str = ""
    degrader: str = ""
    """Degrader id."""
    degrader_config: Mapping[str, Any] = field(default_factory=dict)
    """Its configuration, fixed."""
    metrics: tuple[str, ...] = ()
    """Metric ids; the first is the leading one, for gates and tables."""
    colour: str = "rgb"
    """``rgb``, ``grey`` (8-bit luma of the file or its only channel) or ``y`` (BT.601 studio luma rounded to 8 bit)."""
    rgb_degrader_config: Mapping[str, Any] = field(default_factory=dict)
    """Beside ``grey`` and ``y``: a restorer that takes RGB, and no single channel, is asked in RGB, with these settings
    in place of the same ones of ``degrader_config``; the metrics must then make luma of RGB themselves. Empty: every
    restorer is asked in ``colour``. Scores of the two ways are never compared."""
    seed: int = 0
    """Every image's generator is seeded only by this and the file's name."""
    images: str = ""
    """The published set for which it is defined (``Set5``), for documentation."""
    published: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Method → metric id → published figure."""


class GateSpec(Spec):
    """A named rule that a challenger must pass: (challenger's scorecard, champion's or None) → verdict."""

    kind: ClassVar[str] = "gates"


class FormatSpec(Spec):
    """A format of picture files: how a file of it is recognised, and what it can hold.

    ``factory`` names a class whose instances read and, unless ``writes`` is False, write; see
    ``burnish.protocols.FormatLike``. The host refuses to write what a format cannot hold, and says what is not kept.
    """

    kind: ClassVar[str] = "formats"

    suffixes: tuple[str, ...]
    """Suffixes of its files in lower case; the first is that of files without a name of their own. Those of the host's
    own formats stay with the host."""
    title: str = ""
    """What people call it (``WebP``); empty: the name in capitals."""
    marks: tuple[str, ...] = ()
    """How its files begin: at most 16 bytes in hexadecimal, ``..`` for any byte (``52494646........57454250``). A file
    that begins so and has one of its suffixes is of this format; one of another or no suffix, too, if no other format
    begins so. Empty: its files are known by their suffix alone, so never from standard input."""
    axes: tuple[str, ...] = ("y", "x", "channel")
    """Some of ``AXES``: what it can hold."""
    depths: tuple[str, ...] = ("uint8",)
    """Some of ``DEPTHS``: what it can hold, and what is read from it."""
    alpha: bool = False
    """Whether it can hold transparency."""
    keeps: frozenset[str] = frozenset()
    """Some of ``METADATA``: what it can hold."""
    lossless: bool = True
    """Whether what is read is what was written; else the writer obeys ``quality`` (1..100)."""
    writes: bool = True
    """Whether its files can be written, not only read."""
    media_type: str = "application/octet-stream"
    """For ``burnish serve``."""

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name.upper()


class CommandSpec(Spec):
    """A sub-command of ``burnish``; ``factory`` names a function ``(argv: list[str]) -> int``, imported when called."""

    kind: ClassVar[str] = "commands"

    group: str = "more"
    """Its heading in ``burnish --help``."""


_SPECS = (RestorerSpec, DegraderSpec, MetricSpec, LearnerSpec, BenchmarkSpec, GateSpec, FormatSpec, CommandSpec)

KINDS: Mapping[str, type[Spec]] = MappingProxyType({spec.kind: spec for spec in _SPECS})
"""Plural noun → record; the hook that collects them is ``register_<plural>``."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
