"""A home that has been there before the emulation begins: its switch has asked its meter and been told what holds."""

from collections import deque
from dataclasses import replace
from datetime import datetime

from dcc_sim.home import Home
from devices.device import Device
from devices.output import Output, Tell


def awake(home: Home, now: datetime) -> None:
    """Power has come to the switch, and it has its event; nothing of that goes over the air or into the trace."""
    if home.switch.eui not in home.on_air:
        return
    auxiliary, log = home.meter.auxiliary, home.meter.auxiliary.state.log
    said: deque[tuple[Device, Output]] = deque((home.switch, each) for each in home.switch.restart(now))
    while said:
        speaker, output = said.popleft()
        hearer = home.devices.get(output.target) if isinstance(output, Tell) else None
        if isinstance(output, Tell) and hearer is not None and hearer.eui in home.on_air:
            said += [(hearer, each) for each in hearer.hear(speaker.eui, output.command, now)]
    if log:
        # A process that goes on: in the home nothing has happened, so the meter has nothing new to log.
        auxiliary.state = replace(auxiliary.state, log=log)
    home.meter.set_load("storage heater", home.switch.power_w, now)
