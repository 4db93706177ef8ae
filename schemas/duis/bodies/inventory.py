"""Service chapters 8 (inventory, joining, device logs), 9 (customer identification) and 12 (coverage, notification)."""

from schemas.duis.bodies.configuration import SYNCHRONISE_CLOCK
from schemas.duis.bodies.parts import FUTURE_DATED
from schemas.duis.request_id import REQUEST_ID
from schemas.duis.shape import EMPTY, Shape, choice, one, optional, shape
from schemas.duis.simple import Hex
from schemas.duis.xsd import BYTES, DATE, EUI, FIRMWARE_VERSION, MPAN, MPXN, UPRN, integer, one_of, string

DEVICE_TYPE = one_of("ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD")
ESME_VARIANT = one_of(
    *("A", "B", "C", "AD", "BD", "CD", "ADE", "BDE", "CDE", "ADF", "BDF", "CDF", "ADEF", "BDEF", "CDEF"),
    *("ADG", "ADEG", "AF", "BF", "CF", "AEF", "BEF", "CEF", "AG", "AEG"),
)
MANUFACTURER = string(0, 30)
MODEL = string(0, 30)
SMETS_VERSION = string(1, 20)
ADDRESS = shape(one("PostCode", string(6, 8)), one("AddressIdentifier", string(0, 30)))
METER_POINTS = shape(one("ImportMPxN", MPXN), optional("SecondaryImportMPAN", MPAN), optional("ExportMPAN", MPAN))
WAN_MATRIX = shape(choice(one("UPRN", UPRN), one("PartialAddress", ADDRESS)))

_OTHER_DEVICE = shape(one("OtherDeviceID", EUI))

_UPDATE_INVENTORY = shape(
    one("DeviceID", EUI),
    choice(
        one("UpdateDeviceStatusExceptCH", one_of("Pending", "InstalledNotCommissioned")),
        one("UpdateDeviceStatusCH", one_of("Commissioned", "Withdrawn", "InstalledNotCommissioned")),
        one(
            "UpdateDeviceDetails",
            optional("DeviceManufacturer", MANUFACTURER),
            optional("DeviceModel", MODEL),
            optional("SMETSCHTSVersion", SMETS_VERSION),
            optional("FirmwareVersion", FIRMWARE_VERSION),
            optional("ESMEVariant", ESME_VARIANT),
        ),
        one("DeleteDevice", EMPTY),
        one("UpdateMPxN", choice(one("ImportMPxN", MPXN), one("SecondaryImportMPAN", MPAN), one("ExportMPAN", MPAN))),
    ),
)

_UPDATE_HAN_DEVICE_LOG = shape(
    FUTURE_DATED,
    one("DeviceID", EUI),
    one("RequestType", one_of("Add", "Remove")),
    optional(
        "AddDeviceToCHFWhitelist",
        one("JoinTimePeriod", integer(1, 3600)),
        one("InstallCode", Hex(6, 16)),
        optional("ImportMPxN", MPXN),
        optional("SecondaryImportMPAN", MPAN),
        optional("ExportMPAN", MPAN),
    ),
)

BODIES: dict[str, Shape] = {
    # 8.1 to 8.6 (8.5 is in security.py)
    "CommissionDeviceSynchroniseClock": SYNCHRONISE_CLOCK,
    "ReadInventory": shape(
        choice(one("UPRN", UPRN), one("DeviceID", EUI), one("MPxN", MPXN), one("PropertyFilter", ADDRESS))
    ),
    "DecommissionDevice": shape(one("DeviceID", EUI)),
    "UpdateInventory": _UPDATE_INVENTORY,
    "ServiceOptIn": shape(
        one("DeviceID", EUI), one("DeviceType", DEVICE_TYPE), one("MPxNs", METER_POINTS), one("OptInDate", DATE)
    ),
    # 8.7, 8.8
    "JoinServiceCritical": _OTHER_DEVICE,
    "JoinServiceNonCritical": _OTHER_DEVICE,
    "UnjoinServiceCritical": _OTHER_DEVICE,
    "UnjoinServiceNonCritical": _OTHER_DEVICE,
    # 8.9 to 8.13
    "ReadDeviceLog": shape(FUTURE_DATED, optional("ReadSecurityDetails", EMPTY)),
    "UpdateHANDeviceLog": _UPDATE_HAN_DEVICE_LOG,
    "RestoreHANDeviceLog": shape(one("OldCHFID", EUI)),
    "RestoreGPFDeviceLog": shape(one("OldGPFID", EUI)),
    "ReturnLocalCommandResponse": shape(optional("OriginalRequestID", REQUEST_ID), one("DeviceGBCSResponse", BYTES)),
    # 9.1
    "RequestCustomerIdentificationNumber": EMPTY,
    # 12.1, 12.2
    "RequestWANMatrix": WAN_MATRIX,
    "DevicePrenotification": shape(
        one("DeviceID", EUI),
        one("DeviceManufacturer", MANUFACTURER),
        one("DeviceModel", MODEL),
        one("DeviceType", DEVICE_TYPE),
        optional("SMETSCHTSVersion", SMETS_VERSION),
        optional("FirmwareVersion", FIRMWARE_VERSION),
        optional("ESMEVariant", ESME_VARIANT),
        optional("AssociatedGPFDeviceID", EUI),
    ),
}
"""By element name."""
