"""The part ``training`` of a recipe: how long, how, and on how many processes."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AliasChoices, Field, field_validator, model_validator

from burnish.recipe.values import Choice, Number, Part, Whole


class Budget(Part):
    """How long to train: exactly one of the three."""

    steps: Whole | None = Field(default=None, ge=0)
    """Optimizer steps; the only budget under which two runs are bit-identical on machines of different speed. 0: the
    weights that the recipe begins with are judged as they are."""
    epochs: Number | None = Field(default=None, gt=0)
    """Passes over the training pictures, counted in patches of their area."""
    minutes: Number | None = Field(default=None, gt=0)
    """Wall-clock minutes of training."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.steps, self.epochs, self.minutes)) != 1:
            raise ValueError("give exactly one of steps, epochs, minutes")
        return self


class TrainingSettings(Part):
    """The training itself; every default is a sensible one for a small network."""

    budget: Budget
    """How long to train."""
    seed: Whole = Field(default=0, ge=0)
    """Seeds initial weights, patches, augmentation and degradation."""
    batch: Whole = Field(default=16, ge=1)
    """Pictures per step, over all processes."""
    patch: Whole = Field(default=64, ge=8)
    """Side in pixels of the clean training crops."""
    frames: Whole = Field(default=1, ge=1)
    """Frames of the clean training clips, for degraders of clips; bursts are made from single pictures."""
    loss: Literal["l1", "l2", "rmse", "charbonnier"] = "charbonnier"
    """``rmse``: of each picture; estimates means like ``l2``, and needs fewer steps."""
    learner: Choice | None = None
    """How it learns: a learner by id, with its configuration; none: the restorer's own, or ``burnish/supervised``."""
    optimizer: Literal["adamw", "adam", "muon", "sgd"] = Field(
        default="adamw",
        validation_alias=AliasChoices("optimizer", "optimiser"),
        serialization_alias="optimiser",  # with ``by_alias``: what digests and checkpoints of earlier versions call it
    )
    """``muon`` needs fewer steps for faint detail (deblurring), at about twice AdamW's rate."""
    learning_rate: Number = Field(default=1e-3, gt=0)
    """Of the first step after the warm-up."""
    weight_decay: Number = Field(default=0.0, ge=0)
    """Of the optimizer; 0: none."""
    warmup_steps: Whole = Field(default=0, ge=0)
    """Steps in which the learning rate rises from 0; 0: none."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """Decay of the learning rate over the budget, to 1 % of it (cosine)."""
    ema: Number = Field(default=0.999, ge=0, lt=1)
    """Decay of the exponential moving average of the weights, which is evaluated and bundled; 0: none."""
    gradient_clip: Number = Field(default=1.0, ge=0)
    """Largest gradient norm; 0: no clipping."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """``auto``: bf16 autocast if the device has matrix units for it, otherwise float32."""
    augment: tuple[Literal["flip", "rotate", "channels", "mix", "reverse"], ...] = ("flip", "rotate")
    """Mirror, quarter turns, random order of the colour channels; mixtures of two patches; clips backwards."""
    validate_every: Whole = Field(default=500, ge=1)
    """Steps between validations."""
    checkpoint_every: Whole = Field(default=200, ge=1)
    """Steps between checkpoints; a killed training loses at most this number."""
    patience: Whole = Field(default=0, ge=0)
    """Validations without improvement before it stops early; 0: never."""
    cores: Whole = Field(default=0, ge=0)
    """Threads of computation, over all processes; 0: all that it may use. Recorded: it changes the last bits."""
    devices: Literal["auto"] | int = "auto"
    """Processes that train together, each with its share of ``batch``. ``auto``: one for each visible GPU, or one on a
    CPU; a number: this number of GPUs, or of processes on a CPU. Recorded: it changes the last bits."""

    @field_validator("devices", mode="before")
    @classmethod
    def _auto_or_a_number(cls, value: object) -> object:
        if value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        raise ValueError("give auto, or a whole number of at least 1")
