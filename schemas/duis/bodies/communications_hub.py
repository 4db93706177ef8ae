"""Service request 8.14: how the installation or return of a communications hub went."""

from schemas.duis.shape import Part, Shape, one, optional, shape
from schemas.duis.xsd import BOOLEAN, DATE_TIME, EUI, MPXN, one_of, string

_USER_REFERENCE = optional("UserRefID", string(0, 25))
_INCIDENT = optional("IncidentReference", string(0, 15))
_MORE = optional("AdditionalInformation", string(0, 200))

_INSTALLED: tuple[Part, ...] = (
    one("DeviceID", EUI),
    one("CHFInstallType", one_of("New CHF Install", "Replacement CHF Install", "CHF Install - no SM WAN")),
    optional("InstallDateTime", DATE_TIME),
    _USER_REFERENCE,
    one("MPxN", MPXN),
    optional("GISData", string(0, 25)),
    one("AerialInstall", BOOLEAN),
    one("CHFLocation", one_of("Outside Premises", "Indoors on external wall", "Deep indoors", "Basement or Cellar")),
)

BODIES: dict[str, Shape] = {
    "CHFInstallSuccessSMWAN": shape(*_INSTALLED, _MORE),
    "CHFInstallSuccessNoSMWAN": shape(
        *_INSTALLED,
        one(
            "PremiseType",
            one_of(
                "Detached / Semi Detached",
                "Terraced",
                "Low Rise Apartment (MDU <= 5 floors)",
                "High Rise Apartment (MDU > 5 floors)",
            ),
        ),
        one("MetalObstructionCheck", BOOLEAN),
        one("ConnectivityObstructionCheck", BOOLEAN),
        one("SharedObstructionCheck", BOOLEAN),
        _MORE,
    ),
    "CHFFaultReturn": shape(
        one("DeviceID", EUI),
        one(
            "CHFFaultReturnType",
            one_of("Fault identified prior to installation", "Fault identified post installation"),
        ),
        optional("UserRefDateTime", DATE_TIME),
        _USER_REFERENCE,
        one("OtherDeviceID", EUI),
        _INCIDENT,
        one("CHFConnectionMethod", one_of("Hot-shoe", "Cradle", "ESME")),
        one(
            "CHFFaultReason",
            one_of(
                "Damaged case",
                "Damaged Connector",
                "Illegal interference or missing seals",
                "Environmental conditions exceeded",
                "SM WAN Fault",
                "SMHAN Interface Fault",
                "LED Fault",
                "Aerial fault",
                "Manufacturing defect",
            ),
        ),
        _MORE,
    ),
    "CHFNoFaultReturn": shape(
        one("DeviceID", EUI),
        one(
            "CHFNoFaultReturnType",
            one_of(
                "No Fault Return (general)",
                "No Fault Return (non-dom opt out)",
                "No Fault Return (dual supplier HAN variant replacement)",
                "No Fault Return (SM WAN variant replacement requested by DCC)",
                "Lost or Stolen Hub",
            ),
        ),
        optional("UserRefDateTime", DATE_TIME),
        _USER_REFERENCE,
        _INCIDENT,
        _MORE,
    ),
}
"""By element name."""
