"""Names of the ZigBee clusters and general commands that GBZ uses (Zigbee Cluster Library; Smart Energy profile).

Cluster commands have theirs where they are declared, in schemas.gbcs.zcl.
"""

CLUSTERS: dict[int, str] = {
    0x0000: "Basic",
    0x000A: "Time",
    0x0700: "Price",
    0x0701: "Demand Response and Load Control",
    0x0702: "Metering",
    0x0703: "Messaging",
    0x0704: "Tunneling",
    0x0705: "Prepayment",
    0x0707: "Calendar",
    0x0708: "Device Management",
    0x0709: "Events",
}

GENERAL_COMMANDS: dict[int, str] = {
    0x00: "Read Attributes",
    0x01: "Read Attributes Response",
    0x02: "Write Attributes",
    0x03: "Write Attributes Undivided",
    0x04: "Write Attributes Response",
    0x05: "Write Attributes No Response",
    0x0B: "Default Response",
}


def cluster(number: int) -> str:
    """The name of a cluster, or that it is not known here."""
    return CLUSTERS.get(number, "cluster not known here")
