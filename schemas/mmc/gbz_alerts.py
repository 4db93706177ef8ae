"""Alerts with a GBZ content in MMC: outcomes, firmware verified, integrity warning, billing data log of a GSME."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.envelope import Message
from schemas.gbcs.gbz import GbzAlert, decode_component
from schemas.gbcs.outcome import ZigbeeOutcome, outcome_of
from schemas.gbcs.reader import Reader
from schemas.gbcs.sealed import Opener
from schemas.gbcs.zcl.table import read
from schemas.mmc.electricity_alerts import hash_node, warning_node
from schemas.mmc.told import Told

BILLING_LOG_ALERT = 0x008B
"""Message code of GCS53."""

_OCTET_STRING = b"\x09"


def gbz_alert(message: Message, alert: GbzAlert) -> Told:
    """What a GBZ alert says.

    Raises:
        Malformed: the content is not the alert's layout.
    """
    payload = _PAYLOADS.get(alert.code) if alert.content else None
    return Told(alert.code, from_seconds(alert.time), None if payload is None else payload(message, alert))


def sealed_billing_log(alert: GbzAlert) -> bytes | None:
    """The encrypted log of GCS53; None once its plaintext stands in its place.

    Raises:
        Malformed: the content is no component.
    """
    component = decode_component(alert.content)
    return component.payload if component.encrypted else None


def opened_billing_log(alert: GbzAlert, opener: Opener) -> GbzAlert:
    """The alert of GCS53 with the plaintext in the place of its encrypted log.

    Raises:
        Malformed: the content is no component.
        NotAuthentic: it does not open.
    """
    component = decode_component(alert.content)
    if not component.encrypted:
        return alert
    plain = replace(component, payload=opener(component.payload), encrypted=False)
    return replace(alert, content=plain.encode())


def _outcome(message: Message, alert: GbzAlert) -> Node:
    outcome = outcome_of(message)
    if not isinstance(outcome, ZigbeeOutcome):
        raise Malformed("message code", f"is 00CD with this alert and a GBZ content, not {message.message_code:04X}")
    instruction = branch(
        "GBZFDInstructionIdentification",
        leaf("ExtendedHeaderClusterID", f"{outcome.cluster:04X}"),
        leaf("FrameControl", f"{outcome.frame_control:02X}"),
        leaf("CommandIdentifier", f"{outcome.command:02X}"),
    )
    told = branch(
        "GBZFutureDatedAlert",
        leaf("FutureDatedCommandMessageCode", f"{outcome.message_code:04X}"),
        leaf("FutureDatedCommandOriginatorCounter", outcome.request.counter),
        instruction,
    )
    return branch("FutureDatedCommandOutcomeDeviceAlert", told)


def _firmware(message: Message, alert: GbzAlert) -> Node:
    # The hash is a DLMS octet-string even here.
    reader = Reader(alert.content)
    reader.expect(_OCTET_STRING, "manufacturer image hash")
    octets = reader.take(reader.byte("length of the hash"), "manufacturer image hash")
    reader.finish("alert content")
    return hash_node(octets)


def _warning(message: Message, alert: GbzAlert) -> Node:
    return warning_node(alert.content)


def _billing_log(message: Message, alert: GbzAlert) -> Node | None:
    """The registers at the end of the billing period, as the meter counts: the alert has no multiplier and divisor."""
    if sealed_billing_log(alert) is not None:
        return None
    snapshot = read(decode_component(alert.content))
    blocks = (row.integer("tier block summation delivered") for row in snapshot.rows("block summations"))
    tiers = (row.integer("tier summation delivered") for row in snapshot.rows("tier summations"))
    entry = branch(
        "GSMEBillingDataLogEntry",
        leaf("Timestamp", from_seconds(snapshot.integer("snapshot time"))),
        leaf("ActiveImportRegisterValueConsumption", snapshot.integer("current summation delivered")),
        *(leaf("BlockRegisterMatrixValue", value, index=index) for index, value in enumerate(blocks, start=1)),
        *(leaf("TariffTOURegisterMatrixValue", value, index=index) for index, value in enumerate(tiers, start=1)),
    )
    return branch("BillingDataLogDeviceAlert", entry)


_PAYLOADS: dict[int, Callable[[Message, GbzAlert], Node | None]] = {
    0x81A0: _warning,
    0x8F0A: _billing_log,
    0x8F1C: _firmware,
    0x8F72: _firmware,
    0x8F66: _outcome,
    0x8F67: _outcome,
}
