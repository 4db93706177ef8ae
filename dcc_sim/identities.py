"""EUI-64s and meter points of the ready-made home: those that public test tools use, so that their templates fit."""

from schemas.eui import EUI64

SUPPLIER = EUI64.parse("90-B3-D5-1F-30-01-00-00")
NETWORK_OPERATOR = EUI64.parse("90-B3-D5-1F-30-02-00-00")
OTHER_SUPPLIER = EUI64.parse("90-B3-D5-1F-30-03-00-00")
LOAD_CONTROLLER = EUI64.parse("90-B3-D5-1F-30-01-00-08")
OTHER_USER = EUI64.parse("00-DB-12-34-56-78-00-04")
BROKER = EUI64.parse("90-B3-D5-1F-30-00-00-02")
RECOVERY = EUI64.parse("90-B3-D5-1F-30-00-00-01")
WAN_PROVIDER = EUI64.parse("90-B3-D5-1F-30-00-00-07")
TRANSITIONAL_COS = EUI64.parse("90-B3-D5-1F-30-00-00-04")
HUB = EUI64.parse("00-DB-12-34-56-78-90-A2")
METER = EUI64.parse("00-DB-12-34-56-78-90-A0")
GAS_METER = EUI64.parse("00-DB-12-34-56-78-90-A1")
GAS_PROXY = EUI64.parse("00-DB-12-34-56-78-90-A3")
DISPLAY = EUI64.parse("00-DB-12-34-56-78-90-A4")
SWITCH = EUI64.parse("00-DB-12-34-56-78-90-A5")
CHARGER = EUI64.parse("00-DB-12-34-56-78-90-A6")
IN_HOME_DISPLAY = EUI64.parse("00-DB-12-34-56-78-90-A7")
MPAN = "1312345678111"
OTHER_MPAN = "1312345678222"
DEVICE_NAMES = {"hub": HUB, "meter": METER, "charger": CHARGER, "switch": SWITCH}
"""What the devices of the ready-made home are called in tests and files."""
