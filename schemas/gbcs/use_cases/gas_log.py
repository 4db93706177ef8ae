"""The device log of a gas proxy function, restored on a new one (SR 8.12.2: GCS59)."""

from __future__ import annotations

from schemas.duis.node import Node, branch
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.names.statuses import JOIN_RESULTS
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.asn1_fields import elements, fields, sequence, status
from schemas.gbcs.use_cases.declare import Answer, Context, DeviceType, Part, UseCase
from schemas.gbcs.use_cases.device_log import device_nodes, device_values

_OLD = "OldGPFID"


def _restored(body: Node, context: Context) -> Ber:
    """The devices of the old function's log, as its alert 8071 told the DCC."""
    log = context.known.proxy_log
    if log is None:
        raise Malformed(_OLD, f"is a gas proxy function whose device log the DCC holds, not {body.text(_OLD)}")
    return sequence(sequence(*(sequence(*device_values(_OLD, *entry)) for entry in log)))


def _outcomes(value: Ber) -> Answer:
    """Each device, and whether it is in the new log."""
    (outcomes,) = fields(value, "restored log", 0x30)
    parts, success = [], True
    for outcome in elements(outcomes, "outcomes", 0x30):
        entry, result = fields(outcome, "outcome", 0x30, 0x02)
        success = success and result.number == 0
        device = branch("DeviceLogEntry", *device_nodes(entry))
        parts.append(Part(branch("RestoreDeviceLogOutcome", device, status("joinResponseCode", JOIN_RESULTS, result))))
    return Answer(success, parts)


RESTORE = UseCase(
    name="GCS59",
    code=0x008C,
    service="8.12.2",
    element="RestoreGPFDeviceLog",
    critical=False,
    devices=frozenset({DeviceType.GPF}),
    content=Asn1(_restored, _outcomes),
    response="RestoreGPFDeviceLogRsp",
)

GAS_LOG = (RESTORE,)
