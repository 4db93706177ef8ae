"""The one error tree.

    SmartMeterError
    ├── Malformed       the bytes or XML are not what the format says
    ├── NotAuthentic    a signature, MAC, certificate or counter is wrong
    ├── NotAllowed      this sender may not do this, or this device may not receive it
    ├── NotPossible     the right message in the wrong state
    └── NotReached      no answer in time

Every error names the field and the rule it breaks, and carries the DUIS response code to answer with.
"""

from typing import ClassVar


class SmartMeterError(Exception):
    """Root of all errors of this project; catch it at the border only.

    Args:
        field: what is wrong, in the standards' own name, e.g. ``CommandedStateLevel``.
        rule: the rule it breaks, with the value seen where that helps and is no secret.
        code: DUIS response code, where a more precise one than the class's own fits.
    """

    default_code: ClassVar[str] = "E100"

    def __init__(self, field: str, rule: str, *, code: str | None = None) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
        self.code = code or self.default_code


class Malformed(SmartMeterError):
    """The bytes or the XML are not what the format says."""


class NotAuthentic(SmartMeterError):
    """A signature, MAC, certificate or counter is wrong."""


class NotAllowed(SmartMeterError):
    """The sender may not do this, or the device may not receive it."""

    default_code = "E4"


class NotPossible(SmartMeterError):
    """The right message in the wrong state."""


class NotReached(SmartMeterError):
    """No answer in time, or no way to the device."""

    default_code = "E21"
