"""Every error that burnish raises on purpose: one line that names the culprit, the fact and the fix."""

from __future__ import annotations

from burnish.console.redaction import redact


class BurnishError(Exception):
    """The root of all errors that a user may meet; the command line prints it in one line, without a traceback."""

    exit_status = 1
    """Exit status of the command line when this error ends it."""

    def __str__(self) -> str:
        """The message, without the secrets that an address or a library's error brought into it."""
        return redact(super().__str__())


class UsageError(BurnishError):
    """Invalid arguments: an unknown option, a value outside its range, two options that exclude each other."""

    exit_status = 2


class UnknownIdError(BurnishError):
    """No plugin declares that id, or a short name fits several; the message lists the nearest candidates."""


class PluginError(BurnishError):
    """A plugin's own code failed: at import, in a hook, while its factory was resolved, or while it worked."""


class ConfigError(BurnishError):
    """A configuration (of a restorer, degrader, metric, gate or recipe) does not fit its schema."""


class ImagingError(BurnishError):
    """A picture or clip cannot be read or written."""


class RestorationError(BurnishError):
    """A restorer received an invalid input, or returned an invalid picture (NaN, wrong shape)."""


class BundleError(BurnishError):
    """A bundle on disk is missing, incomplete, damaged or made by an incompatible version."""


class DataError(BurnishError):
    """A dataset is missing, changed, empty, or does not match its hash."""


class TrainingError(BurnishError):
    """A training cannot start, or cannot continue (diverged, no space, wrong checkpoint)."""


class EvaluationError(BurnishError):
    """An evaluation cannot be done, or two scorecards cannot be compared."""


class RegistryError(BurnishError):
    """The model registry refuses, or contains something unexpected."""
