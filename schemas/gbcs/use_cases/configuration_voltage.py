"""Voltage configuration of an electricity meter, single phase and polyphase: SR 6.2.1, 6.5 and 6.27.

Thresholds in volts, periods in seconds, as DUIS has them; all double-long-unsigned. The requests of SR 6.2.1 and 6.27
do not say how many phases the meter has: the single-phase use cases come first, the others are asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Action, Attribute, Get, Set, Step, Write, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import constant, ignored

_METERS = frozenset({DeviceType.ESME})
_PHASES = (1, 2, 3)
_OVER, _UNDER = "AverageRMSOverVoltageThreshold", "AverageRMSUnderVoltageThreshold"
_LIMITS = ("RMSExtremeOverVoltage", "RMSExtremeUnderVoltage", "RMSVoltageSag", "RMSVoltageSwell")
"""The four limiters 0-0:17.0.1 to 4: threshold in attribute 4, measurement period in attribute 6."""


def _group(phase: int) -> int:
    """The third part of a phase's logical names is 32, 52 or 72 (COSEM: voltage L1, L2, L3)."""
    return 12 + 20 * phase


def _settings(body: Node, phase: int) -> Node:
    """The average voltage settings of one phase, in whichever order the body has the phases.

    Raises:
        Malformed: the phase is not there exactly once.
    """
    if body.has("SinglePhaseVoltageSettings"):
        return body.node("SinglePhaseVoltageSettings")
    found = [each for each in body.all("PolyPhaseVoltageSettings") if each.integer("Phase") == phase]
    if len(found) != 1:
        raise Malformed("PolyPhaseVoltageSettings/Phase", f"is {phase} once, not {len(found)} times")
    return found[0].node("PhaseVoltageSettings")


def _of_phase(phase: int, name: str) -> Write:
    return lambda body: dlms.double_long_unsigned(_settings(body, phase).integer(name))


def _common(name: str) -> Write:
    return lambda body: dlms.double_long_unsigned(body.integer(f"RMSVoltageSettings/{name}"))


def _periods(phases: tuple[int, ...]) -> tuple[Step, ...]:
    return tuple(
        Set(attribute(7, f"1-0:{_group(phase)}.24.0.255", 4), _of_phase(phase, "AverageRMSVoltageMeasurementPeriod"))
        for phase in phases
    )


def _limits() -> tuple[Step, ...]:
    return tuple(
        Set(attribute(71, f"0-0:17.0.{number}.255", member), _common(name + what))
        for number, name in enumerate(_LIMITS, start=1)
        for member, what in ((4, "Threshold"), (6, "MeasurementPeriod"))
    )


def _threshold_object(phase: int, name: str) -> Attribute:
    low = 35 if name == _OVER else 31
    return attribute(1, f"1-0:{_group(phase)}.{low}.0.4", 2)


def _threshold(phase: int, name: str) -> Step:
    return Set(_threshold_object(phase, name), _of_phase(phase, name))


def _counter_resets(phases: tuple[int, ...]) -> tuple[Step, ...]:
    """Reset of each phase's counters of under (32) and over (36) voltage events."""
    return tuple(
        Action(attribute(3, f"1-0:{_group(phase)}.{low}.0.4", 1), constant(dlms.integer(0)))
        for phase in phases
        for low in (32, 36)
    )


_RESETTING_ORDER = ((1, _OVER), (1, _UNDER), (2, _UNDER), (2, _OVER), (3, _UNDER), (3, _OVER))
_ORDER = tuple((phase, name) for phase in _PHASES for name in (_UNDER, _OVER))
"""With counter reset, and on reading, the first phase has the upper threshold first; without reset, the lower."""


def _update(phases: tuple[int, ...], *, reset: bool) -> Access:
    order = _RESETTING_ORDER if reset else _ORDER
    thresholds = tuple(_threshold(phase, name) for phase, name in order if phase in phases)
    if reset:
        return Access((*_periods(phases), *_limits(), *thresholds, *_counter_resets(phases)))
    return Access((*thresholds, *_periods(phases), *_limits()))


def _figure(name: str, value: Data) -> Node:
    return leaf(name, value.expect(Tag.DOUBLE_LONG_UNSIGNED).number)


def _read(phases: tuple[int, ...]) -> Access:
    limits = [
        (f"0-0:17.0.{number}.255", member, name + what)
        for number, name in enumerate(_LIMITS, start=1)
        for member, what in ((4, "Threshold"), (6, "MeasurementPeriod"))
    ]
    order = [each for each in _RESETTING_ORDER if each[0] in phases]

    def arrange(values: Sequence[Data | None]) -> Iterable[Part]:
        of_phase = dict(zip(order, values[len(limits) :], strict=True))
        for phase in phases:
            named = ((name, of_phase[phase, name]) for name in (_OVER, _UNDER))
            nodes = [_figure(name, value) for name, value in named if value is not None]
            if not nodes:
                continue
            if len(phases) == 1:
                yield Part(branch("SinglePhaseVoltageSettings", *nodes))
            else:
                settings = branch("PhaseVoltageSettings", *nodes)
                yield Part(branch("PolyPhaseVoltageSettings", leaf("Phase", phase), settings))
        read = {name: value for (_, _, name), value in zip(limits, values, strict=False) if value is not None}
        # MMC has each limiter's period before its threshold.
        names = (limit + what for limit in _LIMITS for what in ("MeasurementPeriod", "Threshold"))
        nodes = [_figure(name, read[name]) for name in names if name in read]
        if nodes:
            yield Part(branch("RMSVoltageSettings", *nodes))

    return Access(
        (
            *(Get(attribute(71, obis, member), ignored) for obis, member, _ in limits),
            *(Get(_threshold_object(phase, name), ignored) for phase, name in order),
        ),
        arrange,
    )


def _polyphase(body: Node) -> bool:
    return body.has("PolyPhaseVoltageSettings")


def _kept(body: Node) -> bool:
    return body.has("RMSVoltageCountersNotReset")


def _updating(name: str, code: int, phases: tuple[int, ...], *, reset: bool) -> UseCase:
    polyphase = len(phases) > 1
    return UseCase(
        name=name,
        code=code,
        service="6.5",
        element="UpdateDeviceConfigurationVoltage",
        critical=False,
        devices=_METERS,
        content=_update(phases, reset=reset),
        response="UpdateDeviceConfigurationVoltageRsp",
        applies=lambda body: _polyphase(body) is polyphase and _kept(body) is not reset,
    )


def _reading(name: str, code: int, phases: tuple[int, ...]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.2.1",
        element="ReadDeviceConfigurationVoltage",
        critical=False,
        devices=_METERS,
        content=_read(phases),
        response="ReadDeviceConfigurationVoltageRsp",
    )


def _resetting(name: str, code: int, phases: tuple[int, ...]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.27",
        element="UpdateDeviceConfigurationRMSVoltageCounterReset",
        critical=False,
        devices=_METERS,
        content=Access(_counter_resets(phases)),
        response="UpdateDeviceConfigurationRMSVoltageCounterResetRsp",
    )


VOLTAGE = (
    _reading("ECS26b", 0x003C, (1,)),
    _reading("ECS26k", 0x00C6, _PHASES),
    _updating("ECS29a", 0x0045, (1,), reset=True),
    _updating("ECS29b", 0x00AE, _PHASES, reset=True),
    _updating("ECS29c", 0x00D1, (1,), reset=False),
    _updating("ECS29d", 0x00D2, _PHASES, reset=False),
    _resetting("ECS29e", 0x00D3, (1,)),
    _resetting("ECS29f", 0x00D4, _PHASES),
)
