"""Names of remote party roles, key usages, device types and join methods (gbcs-reference 4.2, 4.3)."""

ROLES: dict[int, str] = {
    0: "root",
    1: "recovery",
    2: "supplier",
    3: "network operator",
    4: "access control broker",
    5: "transitional CoS",
    6: "WAN provider",
    7: "issuing authority",
    8: "load controller",
}

KEY_USAGES: dict[bytes, str] = {
    bytes.fromhex("0780"): "digital signature",
    bytes.fromhex("0308"): "key agreement",
    bytes.fromhex("0204"): "certificate signing",
}
"""By the content of the BIT STRING."""

DEVICE_TYPES: dict[int, str] = {
    0: "GSME",
    1: "ESME",
    2: "CHF",
    3: "GPF",
    4: "HCALCS",
    5: "PPMID",
    6: "Type 2",
}

JOIN_METHODS: dict[int, str] = {
    0: "method A, initiator",
    1: "method A, responder",
    2: "method B",
    3: "method C",
}

CONTROL_MODES: dict[int, str] = {
    0: "root by supplier",
    1: "root by WAN provider",
    2: "supplier by supplier",
    3: "network operator by network operator",
    4: "access control broker by access control broker",
    5: "WAN provider by WAN provider",
    6: "transitional CoS by transitional CoS",
    7: "supplier by transitional CoS",
    8: "any except abnormal root by recovery",
    9: "any by contingency",
    10: "load controller by load controller",
    11: "load controller by supplier",
}
"""Which party replaces whose credentials (CS02b, CS02g); message codes 0100 to 0109 have the same order."""

CELL_USAGES: dict[int, str] = {0: "management", 1: "top-up"}
"""What a cell of the credentials is for."""

FLOOR_USAGES: dict[int, str] = {0: "prepayment top-up"}
"""What a floor apart from the party's own is for."""
