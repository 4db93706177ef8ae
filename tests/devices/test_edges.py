"""Limit, set state and calendar of an APC at their edges: bytes on the HAN in, alerts and power at the plug out."""

import pytest

from devices.output import Output
from devices.vehicle import Vehicle
from schemas.gbcs.auxiliary import Direction
from tests.devices.edges import ALERT_OF_DATE, CASES, ENDED, HOUR, PROCESSED
from tests.devices.home import NEW_YEAR, new_sapc, response, sent

WATTS = {100: 7360, 75: 5520, 50: 3680, 25: 1840, 10: 0}
"""At 32 A on one phase, by percent; below 6 A charging stops."""


def told(outputs: list[Output], hour: float) -> list[tuple[float, int]]:
    """The alerts of dates and limits among ``outputs``."""
    codes = [message.message_code for message in sent(outputs)]
    return [(hour, code) for code in codes if code in (ALERT_OF_DATE, PROCESSED, ENDED)]


@pytest.mark.parametrize("name", CASES)
def test_edge(name: str) -> None:
    case = CASES[name]
    device = new_sapc()
    device.plug_in(Vehicle(capacity_kwh=2000, state_of_charge=1), NEW_YEAR)
    alerts = []
    for hour in sorted({*case.seen, *(step.at for step in case.steps), *(hour for hour, _ in case.alerts)}):
        now = NEW_YEAR + hour * HOUR
        alerts += told(device.handle_timer(now), hour)
        for counter, step in enumerate(case.steps, start=1):
            if step.at == hour:
                outputs = device.receive(step.message(counter), now)
                assert all(result == 0 for _, result in response(outputs).results) == step.done, step
                alerts += told(outputs, hour)
        if hour in case.seen:
            level = device.level(1, Direction.OUTPUT, now)
            assert (hour, level.percent, level.rule) == (hour, *case.seen[hour])
            assert (hour, device.charge_point.power_w) == (hour, WATTS[level.percent])
    assert tuple(alerts) == case.alerts
    # Asked afterwards, each moment is told as it was.
    for hour, (percent, rule) in case.seen.items():
        why = device.why(1, Direction.OUTPUT, NEW_YEAR + hour * HOUR)
        assert (hour, why.percent, why.winner.rule) == (hour, percent, rule)
