"""Records that nothing changes once they are made, at the price of records that anything may change.

A frozen dataclass sets each field through a call, four times as slow as an assignment, and a message on its way is
some fifty records. Here the type checker alone sees to it that no field is assigned: mypy is part of every build.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """``dataclass(frozen=True, slots=True)`` for the type checker; at run time assigning a field is not prevented.

    For what is made many times in a request's way. `dataclasses.replace` takes it as any other dataclass.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
