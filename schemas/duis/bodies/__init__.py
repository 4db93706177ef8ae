"""The shapes of all request bodies DUIS XML Schema 5.4 allows, one file for each group of service chapters."""

from collections.abc import Mapping

from schemas.duis.bodies import (
    alerts,
    communications_hub,
    configuration,
    firmware,
    inventory,
    load_control,
    prepayment,
    reading,
    schedules,
    security,
    sub_ghz,
    tariff,
)
from schemas.duis.shape import Shape

BODIES: Mapping[str, Shape] = {
    **tariff.BODIES,
    **prepayment.BODIES,
    **reading.BODIES,
    **schedules.BODIES,
    **configuration.BODIES,
    **load_control.BODIES,
    **security.BODIES,
    **alerts.BODIES,
    **sub_ghz.BODIES,
    **inventory.BODIES,
    **communications_hub.BODIES,
    **firmware.BODIES,
}
"""Body element name to shape."""
