"""An ESME: the electricity meter, with auxiliary controllers of its own and the import power of the home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from devices import alerts, objects, use_cases
from devices.alerts import AlertCode
from devices.auxiliary_state import Activation, Controller
from devices.clock import earlier
from devices.controlled import ControlledDevice
from devices.cosem import Context
from devices.device import Identity
from devices.display_server import Reading
from devices.event_log import Entry
from devices.log_objects import add_boost
from devices.metering import EnergyMeter
from devices.metering_objects import add_metering
from devices.output import Note, Output
from devices.supply import Supply
from devices.switching import SwitchingMeter
from devices.trust import Cell, Role, Use
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.zse.messaging import MAX_TEXT
from schemas.zse.times import utc_seconds

_NUMBER_LENGTH = 4


class ESME(SwitchingMeter):
    """An electricity meter.

    Args:
        identity: keys, trust anchors and start values.
        controllers: its auxiliary controllers; none by default.

    Attributes:
        energy: what it measures.
        supply: whether the home has power, and load limiting.
        customer_number: the four digits on its display, empty before the first (SR 9.1).
    """

    use_cases = (
        *use_cases.CONTROLLER_USE_CASES,
        *use_cases.SWITCH_USE_CASES,
        use_cases.READ_ACTIVE_POWER,
        *use_cases.METERING,
        *use_cases.SUPPLY,
        *use_cases.METER_LOGS,
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
        self.energy = EnergyMeter()
        self.supply = Supply()
        add_metering(self.store, self.energy, identity.eui)
        self.supply.add_objects(self.store)
        self.customer_number = ""
        self.store.writable(objects.CUSTOMER_NUMBER, self._show_number)
        self.store.writable(objects.SUPPLIER_MESSAGE, self._show_message)

    @property
    def import_power_w(self) -> int:
        """Active power import of the home, watts: the sum of its loads, where that is not negative."""
        return self.energy.import_w

    def reading(self, now: datetime) -> Reading:
        """What a display on the HAN is told."""
        registers = self.energy.registers(self.clock.read(now))
        return Reading(self.energy.net_w, registers.import_wh, registers.export_wh)

    def next_timer(self) -> datetime | None:
        """The switches' next timer, or the supply's."""
        first, due = super().next_timer(), self.supply.next_timer()
        return first if due is None else earlier(first, self.clock.world(due))

    def kept(self) -> dict[str, object]:
        """Of the supply too, and what it shows; registers and their logs begin anew."""
        return {**super().kept(), "supply": self.supply.record, "customer number": self.customer_number}

    def take_back(self, kept: dict[str, Any]) -> None:
        """As for any device."""
        super().take_back(kept)
        self.supply.record = kept.get("supply", self.supply.record)
        self.customer_number = kept.get("customer number", self.customer_number)

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

    def press_supply_button(self, now: datetime) -> list[Output]:
        """Somebody in the home enables an armed supply.

        Raises:
            NotPossible: it is not armed.
        """
        outputs = self.handle_timer(now)
        self.supply.press_button()
        return [*outputs, Note("acted", "supply enabled by the meter's button"), *self._settle(now)]

    def set_load(self, name: str, power_w: int, now: datetime, power_factor: float = 1.0) -> None:
        """Say what the load ``name`` draws from the world's ``now`` on, watts; negative for what it gives.

        Args:
            power_factor: 1 for none, below 1 for an inductive load, negative for a capacitive one; see
                `metering.reactive_var`.

        Raises:
            NotPossible: for a power that the registers cannot hold.
        """
        moment = self.clock.read(now)
        self.energy.set_load(name, power_w, moment, power_factor)
        self.supply.settle(self.energy.import_w, moment)

    def _settle(self, now: datetime) -> list[Output]:
        outputs, was_on = super()._settle(now), self.supply.on
        self.supply.settle(self.energy.import_w, self.clock.read(now))
        done, self.supply.done = self.supply.done, []
        for each in done:
            if isinstance(each, Activation):
                outputs += self._alert_supplier(alerts.of_event(each))
            elif each.code is AlertCode.LOAD_LIMIT_EXCEEDED:
                self.event_log.append(Entry(each.moment, each.code))
            else:
                outputs += self._alert_supplier(alerts.generic(each.code, each.moment))
        if self.supply.on != was_on:
            outputs.append(Note("acted", f"supply {self.supply.record.state.name.lower()}"))
        return outputs

    def _checkpoint(self) -> Callable[[], None]:
        put_back, record = super()._checkpoint(), self.supply.record

        def put_all_back() -> None:
            put_back()
            self.supply.record = record

        return put_all_back

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
