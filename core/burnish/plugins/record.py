"""Frozen, keyword-only records: dataclasses whose methods are inherited instead of generated.

``@dataclass(frozen=True)`` compiles six methods a class at import; for all declarations together that took longer than
anything else that ``burnish --help`` does. ``fields``, ``replace`` and ``asdict`` of ``dataclasses`` work as ever.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import ClassVar, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Record:
    """The base of such records; a subclass is written like a dataclass, without the decorator."""

    _fields: ClassVar[tuple[Field[object], ...]] = ()

    def __init_subclass__(cls) -> None:
        dataclass(init=False, repr=False, eq=False, match_args=False)(cls)
        cls._fields = fields(cls)  # type: ignore[arg-type]

    def __init__(self, **values: object) -> None:
        for item in self._fields:
            if item.name in values:
                value = values.pop(item.name)
            elif item.default is not MISSING:
                value = item.default
            elif item.default_factory is not MISSING:
                value = item.default_factory()
            else:
                raise TypeError(f"{type(self).__name__} must be given {item.name!r}")
            object.__setattr__(self, item.name, value)
        if values:
            raise TypeError(f"{type(self).__name__} has no field {next(iter(values))!r}")

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"{type(self).__name__} is frozen; use dataclasses.replace")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *(value for value in self.__dict__.values() if isinstance(value, str | int | tuple))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"
