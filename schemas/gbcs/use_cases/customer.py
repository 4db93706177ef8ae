"""Electricity use cases towards the customer: messages, supplier's name, privacy, tenancy, MPANs, event log cleared.

SR 3.1 to 3.5, 6.20.1, 6.20.2, 6.2.7, 9.1. ExecutionDateTime of these requests is kept by the DCC: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.duis.node import Node, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import Access, Action, Get, Set, SetInContext, Write, attribute
from schemas.gbcs.use_cases.declare import Context, DeviceType, Part, Place, UseCase
from schemas.gbcs.use_cases.fields import constant, moment

_METERS = frozenset({DeviceType.ESME})
_ELECTRICITY: Place = (("Electricity", ()),)
_IMPORT_MPANS = attribute(1, "0-0:94.44.34.11", 2)
_EXPORT_MPAN = attribute(1, "1-0:0.0.2.255", 2)
_MPAN_LENGTH = 13
_CIN_LENGTH = 4


def _text(path: str) -> Write:
    """A text of the body as octet-string; its schema type is printable ASCII."""

    def write(body: Node) -> Data:
        text = body.text(path)
        if not text.isascii():
            raise Malformed(f"{body.name}/{path}", "is ASCII in GBCS")
        return dlms.octets(text.encode("ascii"))

    return write


def _import_mpans(body: Node) -> Data:
    # One octet-string: the secondary MPAN of a twin element meter follows the first without a separator.
    texts = [body.text("ImportMPANs/ImportMPAN")]
    if body.has("ImportMPANs/SecondaryImportMPAN"):
        texts.append(body.text("ImportMPANs/SecondaryImportMPAN"))
    for text in texts:
        _mpan("ImportMPANs", text)
    return dlms.octets("".join(texts).encode())


def _export_mpan(body: Node) -> Data:
    return dlms.octets(_mpan("ExportMPAN", body.text("ExportMPAN")).encode())


def _mpan(element: str, text: str) -> str:
    if len(text) != _MPAN_LENGTH or not text.isascii():
        raise Malformed(element, f"has MPANs of {_MPAN_LENGTH} ASCII characters, not {text!r}")
    return text


def _read_import_mpans(value: Data) -> Iterable[Part]:
    text = _ascii(value, "import MPANs")
    if len(text) not in (0, _MPAN_LENGTH, 2 * _MPAN_LENGTH):
        raise Malformed("import MPANs", f"are one or two of {_MPAN_LENGTH} characters, not {len(text)} in all")
    names = ("ImportMPAN", "SecondaryImportMPAN")
    for name, mpan in zip(names, (text[:_MPAN_LENGTH], text[_MPAN_LENGTH:]), strict=True):
        if mpan:
            yield Part(leaf(name, mpan), _ELECTRICITY)


def _read_export_mpan(value: Data) -> Iterable[Part]:
    text = _ascii(value, "export MPAN")
    if len(text) > _MPAN_LENGTH:
        raise Malformed("export MPAN", f"has {_MPAN_LENGTH} characters, not {len(text)}")
    if text:
        yield Part(leaf("ExportMPAN", text), _ELECTRICITY)


def _ascii(value: Data, field: str) -> str:
    octets = value.octets
    text = octets.decode("ascii", "replace")
    if not octets.isascii() or not text.isprintable():
        raise Malformed(field, f"is printable ASCII, not {octets.hex().upper()}")
    return text


def _customer_number(body: Node, context: Context) -> Data:
    """The customer identification number, 4 digits, which the DCC draws: the request has none.

    Raises:
        Malformed: the DCC gives none, or something else.
    """
    number = context.known.customer_number
    if number is None or len(number) != _CIN_LENGTH or not (number.isascii() and number.isdecimal()):
        raise Malformed(body.name, f"takes a customer identification number of {_CIN_LENGTH} digits from the DCC")
    return dlms.octets(number.encode())


DISPLAY_MESSAGE = UseCase(
    name="ECS10",
    code=0x0021,
    service="3.1",
    element="DisplayMessage",
    critical=False,
    devices=_METERS,
    content=Access((Set(attribute(1, "0-2:96.13.1.255", 2), _text("SupplierMessage")),)),
    response="DisplayMessageRsp",
)

RESTRICT_ACCESS = UseCase(
    name="ECS12",
    code=0x0022,
    service="3.2",
    element="RestrictAccessForChangeOfTenancy",
    critical=False,
    devices=_METERS,
    content=Access((Set(attribute(1, "0-0:94.44.3.2", 2), moment("RestrictionDateTime")),)),
    response="RestrictAccessForChangeOfTenancyRsp",
)

CLEAR_EVENT_LOG = UseCase(
    name="ECS15a",
    code=0x0024,
    service="3.3",
    element="ClearEventLog",
    critical=False,
    devices=_METERS,
    content=Access((Action(attribute(7, "0-0:99.98.0.255", 1), constant(dlms.integer(0))),)),
    response="ClearEventLogRsp",
    applies=lambda body: body.has("ESMEEventLogType") and body.text("ESMEEventLogType") == "ESME",
)

SUPPLIER_NAME = UseCase(
    name="ECS16",
    code=0x0025,
    service="3.4",
    element="UpdateSupplierName",
    critical=False,
    devices=_METERS,
    content=Access(
        (
            Set(attribute(9000, "0-0:96.13.0.255", 2), _text("SupplierTelephoneNumber")),
            Set(attribute(9000, "0-0:96.13.1.255", 2), _text("SupplierName")),
        )
    ),
    response="UpdateSupplierNameRsp",
)

DISABLE_PRIVACY_PIN = UseCase(
    name="ECS14",
    code=0x0023,
    service="3.5",
    element="DisablePrivacyPIN",
    critical=False,
    devices=_METERS,
    content=Access((Set(attribute(1, "0-0:94.44.3.1", 2), constant(dlms.octets(b""))),)),
    response="DisablePrivacyPINRsp",
)

IMPORT_MPANS = UseCase(
    name="ECS39a",
    code=0x004C,
    service="6.20.1",
    element="SetDeviceConfigurationImportMPxN",
    critical=False,
    devices=_METERS,
    content=Access((Set(_IMPORT_MPANS, _import_mpans),)),
    response="SetDeviceConfigurationImportMPxNRsp",
    applies=lambda body: body.has("ImportMPANs"),
)

EXPORT_MPAN = UseCase(
    name="ECS39b",
    code=0x004D,
    service="6.20.2",
    element="SetDeviceConfigurationExportMPAN",
    critical=False,
    devices=_METERS,
    content=Access((Set(_EXPORT_MPAN, _export_mpan),)),
    response="SetDeviceConfigurationExportMPANRsp",
    brokered=True,
)

READ_MPANS = UseCase(
    name="ECS40",
    code=0x004E,
    service="6.2.7",
    element="ReadDeviceConfigurationMPxN",
    critical=False,
    devices=_METERS,
    content=Access((Get(_IMPORT_MPANS, _read_import_mpans), Get(_EXPORT_MPAN, _read_export_mpan))),
    response="ReadDeviceConfigurationMPxNRsp",
)

CUSTOMER_NUMBER = UseCase(
    name="ECS50",
    code=0x0058,
    service="9.1",
    element="RequestCustomerIdentificationNumber",
    critical=False,
    devices=_METERS,
    content=Access((SetInContext(attribute(1, "0-3:96.13.1.255", 2), _customer_number),)),
    response="RequestCustomerIdentificationNumberRsp",
    brokered=True,
)

CUSTOMER = (
    DISPLAY_MESSAGE,
    RESTRICT_ACCESS,
    CLEAR_EVENT_LOG,
    SUPPLIER_NAME,
    DISABLE_PRIVACY_PIN,
    IMPORT_MPANS,
    EXPORT_MPAN,
    READ_MPANS,
    CUSTOMER_NUMBER,
)
