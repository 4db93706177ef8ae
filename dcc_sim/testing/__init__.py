"""dcc-sim inside your own tests: a whole DCC with homes, in process, on a virtual clock, the same bytes for a seed.

    from dcc_sim.testing import Emulator

    with Emulator(seed=1) as dcc:
        dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
        assert dcc.at("18:30").charger.power_kw == 3.68

`Served` drives a served emulator, or one of its tenants, with the same words.
In pytest the plugin gives it as the fixture ``dcc``. docs/testing.md has all its words.
"""

from dcc_sim.testing.clock import Clock
from dcc_sim.testing.devices import DeviceUnderTest
from dcc_sim.testing.emulator import START, Emulator
from dcc_sim.testing.served import Served
from dcc_sim.testing.users import Received, Sent, UserUnderTest

__all__ = ["START", "Clock", "DeviceUnderTest", "Emulator", "Received", "Sent", "Served", "UserUnderTest"]
