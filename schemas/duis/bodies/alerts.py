"""Service request 6.22: which alerts a device sends, logs and sounds. The names are GBCS alert codes after an ``x``."""

from schemas.duis.shape import Part, Shape, choice, one, optional, shape
from schemas.duis.xsd import one_of

_SWITCH = shape(one_of("Disable", "Enable"))
_SWITCHES = shape(one("WANAlert", _SWITCH), one("HANAlert", _SWITCH), one("EventLog", _SWITCH), one("Alarm", _SWITCH))


def _codes(codes: str, switch: Shape = _SWITCH) -> tuple[Part, ...]:
    return tuple(optional(f"x{code}", switch) for code in codes.split())


_SUPPLIER = shape(
    optional(
        "SupplierESMECommon",
        *_codes(
            "810D 810E 8119 8145 8154 8155 8161 8162 8168 8183"
            " 81A0 81A1 81A2 81A3 81A4 81A5 81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF"
            " 81B0 81B1 81B2 81B3 81B8 81B9 81BA 81BB 81BC 81BD 81BE 81C0 81C1 81C4 81C5 81C6"
        ),
    ),
    optional("SupplierESMEPolyPhase", *_codes("81B7")),
)

_NETWORK_OPERATOR = shape(
    optional("NetworkOperatorESMECommon", *_codes("8014 8015")),
    choice(
        optional(
            "NetworkOperatorESMESinglePhase",
            *_codes("8002 8006 8020 8024 8028 802C 8085 8089 808D 8091 8095 8099 8010"),
        ),
        optional(
            "NetworkOperatorESMEPolyPhase",
            *_codes(
                "8003 8004 8005 8007 8008 8009 8021 8022 8023 8025 8026 8027 8029 802A 802B 802D 802E 802F"
                " 8086 8087 8088 808A 808B 808C 808E 808F 8090 8092 8093 8094 8096 8097 8098 809A 809B 809C"
                " 8011 8016 8013"
            ),
        ),
    ),
)

_GAS = _codes(
    "810D 810E 8119 8145 8154 8155 8168 8183 8184 81A1 81A4 81A5 81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF"
    " 81B0 81B1 81B2 81B3 81B4 81B5 81B6 81B9 81BA 81BC 81BD 81BE 81BF 81C0 81C2 81C3 81C4 81C5"
)
_GAS_SETTINGS = _codes(
    "810D 810E 8119 8145 8154 8155 8161 8162 8168 8183 8184"
    " 81A0 81A1 81A4 81A5 81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF"
    " 81B0 81B1 81B2 81B3 81B4 81B5 81B6 81B9 81BA 81BC 81BD 81BE 81BF 81C0 81C2 81C3 81C4 81C5 81C6",
    _SWITCHES,
)

BODIES: dict[str, Shape] = {
    "ConfigureAlertBehaviour": shape(
        choice(
            one("ElectricitySupplierAlerts", _SUPPLIER),
            one("ElectricitySupplierHANAlertSettings", _SUPPLIER),
            one("ElectricitySupplierAlarmSettings", _SUPPLIER),
            one("ElectricitySupplierLoggingSettings", _SUPPLIER),
            one("ElectricityNetworkOperatorAlerts", _NETWORK_OPERATOR),
            one("ElectricityNetworkOperatorLoggingSettings", _NETWORK_OPERATOR),
            one("GasSupplierAlerts", *_GAS),
            one("GasSupplierAlertEventSettings", *_GAS_SETTINGS),
        )
    ),
}
"""By element name."""
