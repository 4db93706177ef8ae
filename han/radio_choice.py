"""Which radio the hub has: the emulated air alone, or a real coordinator beside it. Drivers are imported if asked for.

A driver is any zigpy radio library; the two that are known by a word are optional extras of this package.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Final

from zigpy.application import ControllerApplication

from schemas.errors import Malformed, NotPossible

EMULATED: Final = "emulated"


@dataclass(frozen=True, slots=True)
class Driver:
    """A zigpy radio library.

    Attributes:
        module: where its ``ControllerApplication`` is.
        package: its name at PyPI.
        extra: the extra of dcc-sim that installs it.
    """

    module: str
    package: str
    extra: str


DRIVERS: Final = {
    "ezsp": Driver("bellows.zigbee.application", "bellows", "bellows"),
    "znp": Driver("zigpy_znp.zigbee.application", "zigpy-znp", "znp"),
}
"""Silicon Labs EmberZNet, and Texas Instruments Z-Stack."""


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """A real coordinator.

    Attributes:
        kind: ``ezsp`` or ``znp``.
        path: serial port, or ``socket://HOST:PORT``.
    """

    kind: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "RadioChoice | None":
        """Read ``emulated`` (which is no real radio: None), ``ezsp:PATH`` or ``znp:PATH``.

        Raises:
            Malformed: it is none of them.
        """
        if text == EMULATED:
            return None
        kind, colon, path = text.partition(":")
        if kind not in DRIVERS or not colon or not path:
            kinds = ", ".join(f"{each}:PATH" for each in DRIVERS)
            raise Malformed("radio", f"is {EMULATED} or one of {kinds}, not {text!r}")
        return cls(kind, path)

    def application(self) -> type[ControllerApplication]:
        """Import its zigpy application.

        Raises:
            NotPossible: its driver is not installed.
        """
        driver = DRIVERS[self.kind]
        try:
            module = import_module(driver.module)
        except ImportError as error:
            raise NotPossible(
                "radio", f"{self.kind} needs {driver.package}, pip install 'dcc-sim[{driver.extra}]': {error}"
            ) from error
        application: type[ControllerApplication] = module.ControllerApplication
        return application
