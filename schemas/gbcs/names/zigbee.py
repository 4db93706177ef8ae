"""Names of the ZigBee clusters that GBZ uses, and of the ZCL general commands (Zigbee Cluster Library, chapter 2)."""

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


def command(frame_control: int, number: int) -> str:
    """A ZCL command by its kind: general ones by name, a cluster's by number and direction."""
    if frame_control & 0x03 == 0:
        return GENERAL_COMMANDS.get(number, f"general command {number:02X}")
    side = "server to client" if frame_control & 0x08 else "client to server"
    return f"cluster command {number:02X}, {side}"
