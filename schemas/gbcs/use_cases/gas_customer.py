"""Gas use cases towards the customer: messages, tenancy, logs cleared, supplier's name, privacy PIN, MPRN, CIN.

SR 3.1 to 3.5, 6.2.7, 6.20.1, 9.1. ExecutionDateTime of these requests is kept by the DCC: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from schemas.duis.node import Node, leaf
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import Context, Part, Place, UseCase
from schemas.gbcs.use_cases.gas_fields import BOTH, METERS, MIRRORS, attribute, issued, provided, second_of
from schemas.gbcs.use_cases.zigbee import ReadAttributes, Readings, Send, Values, Zigbee
from schemas.gbcs.zcl import metering
from schemas.gbcs.zcl.fields import NOW
from schemas.gbcs.zcl.general import Attribute
from schemas.gbcs.zcl.management import EVENTS, MANAGEMENT, MESSAGING

_DISPLAY_MESSAGE = 0x00
_CHANGE_OF_TENANCY, _CHANGE_OF_SUPPLIER, _PASSWORD, _SITE_ID, _CUSTOMER_NUMBER = 0x00, 0x01, 0x02, 0x03, 0x06
_CLEAR_LOG, _LOG_CLEARED = 0x01, 0x02
_UNTIL_CHANGED = 0xFFFF
_HIDE_EARLIER = 0x00000200
"""Proposed tenancy change control of the vectors."""

_NAME_AND_DETAILS = 0x00001800
"""Provider change control of the vectors: supplier's name and contact details change, nothing else."""

_CONSUMER_MENU = 0x02
_EVENT_LOG = 0x03
_SITE_ID_ATTRIBUTE = 0x0307
_CIN_LENGTH = 4
_GAS: Place = (("Gas", ()),)


def _text(body: Node, path: str) -> bytes:
    text = body.text(path)
    if not text.isascii():
        raise Malformed(f"{body.name}/{path}", "is ASCII in GBCS")
    return text.encode("ascii")


def _message(body: Node, context: Context) -> Values:
    return {
        "message id": issued(context)["issuer event id"],
        "message control": 0,
        "start time": NOW,
        "duration in minutes": _UNTIL_CHANGED,
        "message": _text(body, "SupplierMessage"),
    }


def _tenancy(body: Node, context: Context) -> Values:
    return {
        **provided(context),
        "tariff type": 0,
        "implementation time": second_of(body, "RestrictionDateTime"),
        "proposed tenancy change control": _HIDE_EARLIER,
    }


def _supplier_name(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "current provider id": 0,
        "tariff type": 0,
        "proposed provider id": 0,
        "provider change implementation time": NOW,
        "provider change control": _NAME_AND_DETAILS,
        "proposed provider name": _text(body, "SupplierName"),
        "proposed provider contact details": _text(body, "SupplierTelephoneNumber"),
    }


def _no_password(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "implementation time": NOW,
        "duration in minutes": 0,
        "password type": _CONSUMER_MENU,
        "password": b"",
    }


def _mprn(body: Node, context: Context) -> Values:
    return {**provided(context), "site id time": NOW, "site id": _text(body, "ImportMPRN")}


def _customer_number(body: Node, context: Context) -> Values:
    """The customer identification number, 4 digits, which the DCC draws: the request has none."""
    number = context.known.customer_number
    if number is None or len(number) != _CIN_LENGTH or not (number.isascii() and number.isdecimal()):
        raise Malformed(body.name, f"takes a customer identification number of {_CIN_LENGTH} digits from the DCC")
    return {**provided(context), "implementation time": NOW, "customer id number": number.encode("ascii")}


def _not_cleared(readings: Readings) -> bool:
    """The response has a bit for each log that was cleared."""
    answers = readings.published(EVENTS, _LOG_CLEARED)
    return any(not each.integer("cleared event logs") & 1 << _EVENT_LOG for each in answers)


def _read_mprn(found: Attribute) -> Iterable[Part]:
    if len(found.text) > 10 or not found.text.isprintable():
        raise Malformed("site id", f"has at most 10 printable characters, not {found.octets.hex().upper()}")
    yield Part(leaf("MPRN", found.text), _GAS)


def _sending(
    name: str,
    code: int,
    service: str,
    element: str,
    cluster: int,
    command: int,
    values: Callable[[Node, Context], Values],
) -> UseCase:
    """One command from server to client, to the meter."""
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=METERS,
        content=Zigbee((Send(cluster, command, values, to_client=True),)),
        response=f"{element}Rsp",
        brokered=service == "9.1",
        applies=lambda body: element != "SetDeviceConfigurationImportMPxN" or body.has("ImportMPRN"),
    )


RESTRICT_ACCESS = UseCase(
    name="GCS09",
    code=0x0072,
    service="3.2",
    element="RestrictAccessForChangeOfTenancy",
    critical=False,
    devices=MIRRORS,
    content=Zigbee((Send(MANAGEMENT, _CHANGE_OF_TENANCY, _tenancy, to_client=True),)),
    response="RestrictAccessForChangeOfTenancyRsp",
)

CLEAR_LOG = UseCase(
    name="CS11",
    code=0x0015,
    service="3.3",
    element="ClearEventLog",
    critical=False,
    # The proxy has an event log of its own, as with SR 6.13 (assumed: the vectors are a meter's).
    devices=BOTH,
    content=Zigbee((Send(EVENTS, _CLEAR_LOG, lambda body, context: {"log id": _EVENT_LOG}),), failed=_not_cleared),
    response="ClearEventLogRsp",
    applies=lambda body: not body.has("ESMEEventLogType"),
)

READ_MPRN = UseCase(
    name="GCS46",
    code=0x0089,
    service="6.2.7",
    element="ReadDeviceConfigurationMPxN",
    critical=False,
    devices=METERS,
    content=Zigbee(
        (ReadAttributes(metering.CLUSTER, (_SITE_ID_ATTRIBUTE,)),),
        (attribute(metering.CLUSTER, _SITE_ID_ATTRIBUTE, _read_mprn),),
    ),
    response="ReadDeviceConfigurationMPxNRsp",
)

GAS_CUSTOMER = (
    _sending("GCS07", 0x0071, "3.1", "DisplayMessage", MESSAGING, _DISPLAY_MESSAGE, _message),
    RESTRICT_ACCESS,
    CLEAR_LOG,
    _sending("GCS44", 0x0088, "3.4", "UpdateSupplierName", MANAGEMENT, _CHANGE_OF_SUPPLIER, _supplier_name),
    _sending("GCS11", 0x0073, "3.5", "DisablePrivacyPIN", MANAGEMENT, _PASSWORD, _no_password),
    _sending("GCS41", 0x0087, "6.20.1", "SetDeviceConfigurationImportMPxN", MANAGEMENT, _SITE_ID, _mprn),
    _sending(
        "GCS36", 0x0083, "9.1", "RequestCustomerIdentificationNumber", MANAGEMENT, _CUSTOMER_NUMBER, _customer_number
    ),
    READ_MPRN,
)
