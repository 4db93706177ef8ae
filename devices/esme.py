"""An ESME: the electricity meter, with auxiliary controllers of its own and the import power of the home."""

from __future__ import annotations

from datetime import datetime, timedelta

from devices import objects, use_cases
from devices.auxiliary_state import Controller
from devices.controlled import ControlledDevice
from devices.cosem import Context
from devices.device import Identity
from devices.display_server import Reading
from devices.log_objects import add_boost
from devices.output import Note, Output
from devices.switching import SwitchingMeter
from devices.trust import Cell, Role, Use
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.zse.messaging import MAX_TEXT
from schemas.zse.times import utc_seconds

_WATT = 27
_NUMBER_LENGTH = 4
_MAX_POWER = 2**32 - 1


class ESME(SwitchingMeter):
    """An electricity meter.

    Args:
        identity: keys, trust anchors and start values.
        controllers: its auxiliary controllers; none by default.

    Attributes:
        customer_number: the four digits on its display, empty before the first (SR 9.1).
    """

    use_cases = (
        *use_cases.CONTROLLER_USE_CASES,
        *use_cases.SWITCH_USE_CASES,
        use_cases.READ_ACTIVE_POWER,
        use_cases.READ_RANDOMISATION,
        use_cases.READ_FIRMWARE,
        use_cases.SYNCHRONISE_CLOCK,
        use_cases.SHOW_CUSTOMER_NUMBER,
        use_cases.SHOW_MESSAGE,
        *use_cases.JOINS,
        *use_cases.METER_CREDENTIALS,
        use_cases.READ_OLDER_CREDENTIALS,
    )
    empty_cells = (*ControlledDevice.empty_cells, Cell(Role.SUPPLIER, Use.TOP_UP))

    def __init__(self, identity: Identity, *, controllers: tuple[Controller, ...] = ()) -> None:
        super().__init__(identity, controllers)
        self.clock.add_objects(self.store)
        add_boost(self.store, self.auxiliary)
        self.store.readable(objects.ACTIVE_POWER_IMPORT, self._active_power)
        self.customer_number = ""
        self.store.writable(objects.CUSTOMER_NUMBER, self._show_number)
        self.store.writable(objects.SUPPLIER_MESSAGE, self._show_message)
        self._loads: dict[str, int] = {}

    @property
    def import_power_w(self) -> int:
        """Active power import of the home, watts: the sum of its loads."""
        return sum(self._loads.values())

    def reading(self, now: datetime) -> Reading:
        """What a display on the HAN is told."""
        return Reading(self.import_power_w)

    def start_boost(self, now: datetime, period: timedelta) -> list[Output]:
        """Someone presses the boost button: the controllers it works on are on for ``period`` of the meter's clock.

        Raises:
            NotPossible: the meter has no button, or the period is not positive.
        """
        outputs = self.handle_timer(now)
        start = self.clock.read(now)
        self.auxiliary.start_boost(start, start + period)
        return [*outputs, Note("acted", "boost started"), *self._settle(now)]

    def end_boost(self, now: datetime) -> list[Output]:
        """Someone ends the boost before its time; none running is no error."""
        outputs = self.handle_timer(now)
        self.auxiliary.end_boost(self.clock.read(now))
        return [*outputs, Note("acted", "boost ended"), *self._settle(now)]

    def set_load(self, name: str, power_w: int) -> None:
        """Say what the load ``name`` draws from now on, watts, 0 or more.

        Raises:
            NotPossible: for a power that the register cannot hold.
        """
        if not 0 <= power_w <= _MAX_POWER - self.import_power_w + self._loads.get(name, 0):
            raise NotPossible("load", f"is 0 W or more and fits the 32-bit register, not {power_w}")
        self._loads[name] = power_w

    def _show_number(self, data: Data, context: Context) -> None:
        """ECS50: four digits, for the customer to tell to whoever asked for them."""
        number = data.expect(Tag.OCTET_STRING).octets
        if len(number) != _NUMBER_LENGTH or not number.isdigit():
            raise Malformed("customer identification number", f"has {_NUMBER_LENGTH} digits")
        self.customer_number = number.decode("ascii")

    def _show_message(self, data: Data, context: Context) -> None:
        """ECS10: a text for the people of the home, which displays on the HAN read."""
        text = data.expect(Tag.OCTET_STRING).octets
        if len(text) > MAX_TEXT or not text.isascii():
            raise Malformed("supplier message", f"has {MAX_TEXT} ASCII characters at most")
        self.messages = [(utc_seconds(context.now), text.decode("ascii"))]

    def _active_power(self, now: datetime) -> Data:
        """ECS17c: power, scaler and unit, and the primary element's power, which is all of it on a single element."""
        power = dlms.double_long_unsigned(self.import_power_w)
        return dlms.structure(power, dlms.structure(dlms.integer(0), dlms.enum(_WATT)), power)
