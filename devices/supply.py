"""Supply and load limiting of a meter (SR 7.1 to 7.4; SR 6.4.1, 6.4.2 and 4.15).

Vectors show the commands; what becomes of them is as SMETS2 publicly describes it, the rest assumed: a limit is
exceeded when the import is above the threshold for the whole period; that is counted, once until it has been below, and
where the state says so the supply is armed, and enabled again after the restoration period or by the meter's button.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from devices import objects
from devices.alerts import AlertCode
from devices.auxiliary_state import Activation
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import NEVER, NOW, decode_date_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devices.cosem import Context, ObjectStore

_ENABLE, _DISABLE, _ARM = 51, 52, 54
"""Script selectors (vectors of ECS42, ECS43, ECS44)."""
_NO_LIMIT = 2**32 - 1


class SupplyState(IntEnum):
    """Control state of the supply (DLMS Disconnect control)."""

    DISABLED = 0
    ENABLED = 1
    ARMED = 2


@dataclass(frozen=True, slots=True)
class LoadLimit:
    """Load limiting as it holds: ``threshold`` in watts, durations in seconds."""

    disables: bool = False
    threshold: int = _NO_LIMIT
    period: int = 0
    restoration: int = 0


@dataclass(frozen=True, slots=True)
class SupplyRecord:
    """Everything of the supply, so that a failed command puts it back.

    Attributes:
        passive: what was written and waits to be activated, by what it sets.
        activations: pending.
        over_since: since when the import has been above the threshold.
        restored_at: when a supply that the limit disabled is enabled again.
        counter: how often the limit was exceeded.
        exceeded: whether the import that was counted last is still above the threshold.
    """

    state: SupplyState = SupplyState.ENABLED
    limit: LoadLimit = LoadLimit()
    passive: Mapping[str, Data] | None = None
    activations: tuple[Activation, ...] = ()
    over_since: datetime | None = None
    restored_at: datetime | None = None
    counter: int = 0
    exceeded: bool = False


@dataclass(frozen=True, slots=True)
class LimitEvent:
    """What load limiting has done, by the meter's clock: for the event log, and for its alert."""

    moment: datetime
    code: AlertCode


class Supply:
    """The supply of a home, on the meter's clock.

    Attributes:
        record: its state.
        done: activations that have come, and what limiting has done, for their alerts.
    """

    def __init__(self) -> None:
        self.record = SupplyRecord()
        self.done: list[Activation | LimitEvent] = []

    @property
    def on(self) -> bool:
        """Whether the home has power; armed, it waits for somebody to press the meter's button."""
        return self.record.state is SupplyState.ENABLED

    def press_button(self) -> None:
        """Somebody in the home enables an armed supply.

        Raises:
            NotPossible: it is not armed.
        """
        if self.record.state is not SupplyState.ARMED:
            raise NotPossible("supply", f"is armed, not {self.record.state.name.lower()}")
        self.record = replace(self.record, state=SupplyState.ENABLED, restored_at=None)

    def next_timer(self) -> datetime | None:
        """The next activation, the end of the period above the threshold, or of the restoration."""
        record = self.record
        if not record.activations and record.over_since is None and record.restored_at is None:
            return None
        moments = [each.moment for each in record.activations]
        moments += [each for each in (self._exceeded_at(), record.restored_at) if each is not None]
        return min(moments, default=None)

    def settle(self, import_w: int, now: datetime) -> None:
        """Bring limiting to ``now``, where the import has been ``import_w`` since the last time."""
        if self.record.activations:
            for activation in [each for each in self.record.activations if each.moment <= now]:
                self._activate(activation)
                self.done.append(activation)
        if self.record.restored_at is not None and self.record.restored_at <= now:
            self.record = replace(self.record, state=SupplyState.ENABLED, restored_at=None)
            self.done.append(LimitEvent(now, AlertCode.LOAD_LIMIT_RESTORED))
        if import_w <= self.record.limit.threshold:
            if self.record.over_since is not None or self.record.exceeded:
                self.record = replace(self.record, over_since=None, exceeded=False)
            return
        if self.record.over_since is None and not self.record.exceeded:
            self.record = replace(self.record, over_since=now)
        exceeded = self._exceeded_at()
        if exceeded is not None and exceeded <= now:
            self._exceeded(now)

    def add_objects(self, store: ObjectStore) -> None:
        """The objects of ECS27, ECS28a, ECS28b, ECS42 to ECS45."""
        store.invocable(objects.SUPPLY_SCRIPT, self._run)
        store.readable(objects.SUPPLY_STATE, lambda now: dlms.enum(int(self.record.state)))
        for name, member in objects.LOAD_LIMIT_PASSIVE.items():
            store.writable(member, self._stage(name))
        for name, member in objects.LOAD_LIMIT_ACTIVATION.items():
            store.writable(member, self._schedule(name))
        store.invocable(objects.LOAD_LIMIT_COUNTER_RESET, lambda data, context: self._reset())
        store.readable(objects.LOAD_LIMIT_STATE, lambda now: dlms.boolean(self.record.limit.disables))
        store.readable(objects.LOAD_LIMIT_COUNTER, lambda now: dlms.double_long_unsigned(self.record.counter))
        store.readable(
            objects.LOAD_LIMIT_COUNTER_SCALE, lambda now: dlms.structure(dlms.integer(0), dlms.enum(_NO_UNIT))
        )
        for member, read in (
            (objects.LIMITER_THRESHOLD, lambda: self.record.limit.threshold),
            (objects.LIMITER_PERIOD, lambda: self.record.limit.period),
            (objects.LIMITER_RESTORATION, lambda: self.record.limit.restoration),
        ):
            store.readable(member, _number(read))

    def _exceeded_at(self) -> datetime | None:
        since, period = self.record.over_since, timedelta(seconds=self.record.limit.period)
        return None if since is None or not self.on else since + period

    def _exceeded(self, now: datetime) -> None:
        limit = self.record.limit
        self.record = replace(self.record, counter=self.record.counter + 1, over_since=None, exceeded=True)
        self.done.append(LimitEvent(now, AlertCode.LOAD_LIMIT_EXCEEDED))
        if limit.disables:
            restored = now + timedelta(seconds=limit.restoration)
            self.record = replace(self.record, state=SupplyState.ARMED, restored_at=restored)
            self.done.append(LimitEvent(now, AlertCode.LOAD_LIMIT_ARMED))

    def _run(self, data: Data, context: Context) -> None:
        states = {_ENABLE: SupplyState.ENABLED, _DISABLE: SupplyState.DISABLED, _ARM: SupplyState.ARMED}
        selector = data.expect(Tag.LONG_UNSIGNED).number
        if selector not in states:
            raise Malformed("supply script", f"is {_ENABLE}, {_DISABLE} or {_ARM}, not {selector}")
        if states[selector] is SupplyState.ARMED and self.on:
            raise NotPossible("supply", "is not enabled when it is armed")
        self.record = replace(self.record, state=states[selector], restored_at=None)

    def _stage(self, name: str) -> Callable[[Data, Context], None]:
        def write(data: Data, context: Context) -> None:
            data.expect(Tag.BOOLEAN if name == "STATE" else Tag.DOUBLE_LONG_UNSIGNED)
            self.record = replace(self.record, passive={**(self.record.passive or {}), name: data})

        return write

    def _schedule(self, name: str) -> Callable[[Data, Context], None]:
        attribute = objects.LOAD_LIMIT_ACTIVATION[name]

        def write(data: Data, context: Context) -> None:
            octets = data.expect(Tag.OCTET_STRING).octets
            kept = tuple(each for each in self.record.activations if each.attribute != attribute)
            if octets == NEVER:
                self.record = replace(self.record, activations=kept)
                return
            moment = context.now if octets == NOW else decode_date_time(octets)
            activation = Activation(attribute, moment, context.origin)
            if moment > context.now:
                self.record = replace(self.record, activations=(*kept, activation))
            else:
                self._activate(activation)

        return write

    def _activate(self, activation: Activation) -> None:
        kept = tuple(each for each in self.record.activations if each.attribute != activation.attribute)
        names = {member: name for name, member in objects.LOAD_LIMIT_ACTIVATION.items()}
        name = names[activation.attribute]
        written = (self.record.passive or {}).get(name)
        limit = self.record.limit
        if written is not None and name == "STATE":
            limit = replace(limit, disables=bool(written.value))
        elif written is not None and name == "THRESHOLD":
            limit = replace(limit, threshold=written.number)
        elif written is not None and name == "PERIOD":
            limit = replace(limit, period=written.number)
        elif written is not None:
            limit = replace(limit, restoration=written.number)
        self.record = replace(self.record, activations=kept, limit=limit, over_since=None, exceeded=False)

    def _reset(self) -> None:
        self.record = replace(self.record, counter=0)


_NO_UNIT = 255
"""COSEM unit of a count."""


def _number(read: Callable[[], int]) -> Callable[[datetime], Data]:
    return lambda now: dlms.double_long_unsigned(read())
