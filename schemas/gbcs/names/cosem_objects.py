"""Names of COSEM objects by logical name, as it is written.

Objects are named after what the vectors put in them and what DUIS and MMC call it (gbcs-reference appendix A); COSEM's
own conventions name the electrical quantities.
"""

from collections.abc import Iterator

_CONTROLLERS = range(1, 6)
_PHASES = {32: 1, 52: 2, 72: 3}
"""Third part of the logical names of a phase's voltage."""

_SINGLE: dict[str, str] = {
    "0-0:0.2.1.255": "firmware version",
    "0-0:1.0.0.255": "clock",
    "0-0:10.0.100.255": "tariff script",
    "0-0:10.0.103.255": "set state script",
    "0-0:10.0.106.255": "supply script",
    "0-0:10.0.107.255": "limit level script",
    "0-0:10.128.100.255": "maximum demand period script",
    "0-0:11.0.0.255": "tariff special days, active",
    "0-1:11.0.0.255": "tariff special days, passive",
    "0-0:11.0.1.255": "tariff special days of the second element, active",
    "0-1:11.0.1.255": "tariff special days of the second element, passive",
    "0-0:11.0.2.255": "non-disablement special days, active",
    "0-1:11.0.2.255": "non-disablement special days, passive",
    "0-0:11.0.3.255": "controllers' special days, active",
    "0-1:11.0.3.255": "controllers' special days, passive",
    "0-0:12.0.0.255": "maximum demand configurable time period",
    "0-0:12.0.1.255": "non-disablement calendar, active",
    "0-1:12.0.1.255": "non-disablement calendar, passive",
    "0-0:12.0.2.255": "controllers' calendar, active",
    "0-1:12.0.2.255": "controllers' calendar, passive",
    "0-0:13.0.0.255": "tariff switching table",
    "0-0:13.0.1.255": "tariff switching table of the second element",
    "0-0:15.0.0.255": "billing calendar",
    "0-0:15.1.0.255": "supply tamper state reset times",
    "0-0:16.0.0.255": "instantaneous power thresholds",
    "0-0:16.0.1.255": "disablement threshold, active",
    "0-0:17.0.0.255": "load limit",
    "0-0:17.0.1.255": "RMS extreme over voltage",
    "0-0:17.0.2.255": "RMS extreme under voltage",
    "0-0:17.0.3.255": "RMS voltage sag",
    "0-0:17.0.4.255": "RMS voltage swell",
    "0-0:19.0.0.255": "account, active",
    "0-1:19.0.0.255": "account, passive",
    "0-0:19.10.0.255": "meter balance",
    "0-0:19.10.1.255": "emergency credit",
    "0-0:19.10.2.255": "accumulated debt",
    "0-0:19.20.0.255": "tariff charge",
    "0-0:19.20.1.255": "time debt 1",
    "0-0:19.20.2.255": "time debt 2",
    "0-0:19.20.3.255": "payment debt",
    "0-0:19.20.4.255": "standing charge",
    "0-0:19.20.5.255": "tariff charge of the second element",
    "0-0:19.40.0.255": "prepayment top-up",
    "0-0:30.3.0.255": "hub device log",
    "0-0:30.3.1.255": "historic hub device log",
    "0-0:43.2.1.255": "protected reading of prepayment balances",
    "0-0:43.2.2.255": "protected reading of the billing calendar's billing data log",
    "0-0:43.2.3.255": "protected reading of the change of mode or tariff billing data log",
    "0-0:43.2.4.255": "protected reading of the daily consumption log",
    "0-0:43.2.5.255": "protected reading of the daily read log",
    "0-0:43.2.6.255": "protected reading of the prepayment daily read log",
    "0-0:43.2.7.255": "protected reading of the active import profile",
    "0-0:43.2.8.255": "protected reading of instantaneous import registers",
    "0-0:43.2.9.255": "protected reading of time of use registers",
    "0-0:43.2.10.255": "protected reading of block registers and counters",
    "0-0:63.1.1.255": "activation of the tariff thresholds",
    "0-0:94.44.0.0": "randomised offset",
    "0-0:94.44.0.1": "randomised offset limit",
    "0-0:94.44.0.2": "randomised offset number",
    "0-0:94.44.0.3": "load limit supply state",
    "0-0:94.44.0.4": "supply tamper state",
    "0-0:94.44.1.7": "active tariff price",
    "0-0:94.44.1.8": "active tariff price of the second element",
    "0-0:94.44.2.0": "currency units",
    "0-0:94.44.2.10": "maximum credit threshold",
    "0-0:94.44.2.20": "maximum meter balance",
    "0-0:94.44.3.1": "privacy PIN",
    "0-0:94.44.3.2": "restriction of access for a change of tenancy",
    "0-0:94.44.5.0": "last reset of the maximum demand of import",
    "0-0:94.44.5.1": "last reset of the maximum demand of import in the configurable time",
    "0-0:94.44.5.2": "last reset of the maximum demand of export",
    "0-0:94.44.7.255": "boost function availability",
    "0-0:94.44.10.0": "sub-GHz configuration",
    "0-0:94.44.10.1": "sub-GHz channel scan",
    "0-0:94.44.10.2": "operating sub-GHz channel",
    "0-0:94.44.10.3": "sub-GHz channel log",
    "0-0:94.44.34.1": "time of use registers",
    "0-0:94.44.34.2": "block registers and counters",
    "0-0:94.44.34.10": "instantaneous import registers",
    "0-0:94.44.34.11": "import MPANs",
    "0-0:94.44.34.20": "active power import",
    "0-0:94.44.34.30": "prepayment balances",
    "0-0:94.44.42.255": "load limit counter",
    "0-0:94.44.100.255": "log time stamp",
    "0-0:94.44.128.2": "emergency credit limit",
    "0-0:94.44.128.3": "emergency credit threshold",
    "0-0:94.44.128.6": "load limit period",
    "0-0:94.44.128.7": "load limit power threshold",
    "0-0:94.44.128.8": "load limit restoration period",
    "0-0:94.44.128.9": "low credit threshold",
    "0-0:94.44.128.12": "debt recovery rate cap",
    "0-0:94.44.128.13": "debt recovery rate cap period",
    "0-0:94.44.128.22": "disablement threshold",
    "0-0:94.44.128.26": "activation of the controllers' calendar",
    "0-0:94.44.128.28": "activation of the non-disablement calendar",
    "0-0:94.44.128.29": "activation of the tariff special days",
    "0-0:94.44.128.30": "activation of the second element's tariff special days",
    "0-0:94.44.128.31": "activation of the non-disablement special days",
    "0-0:94.44.128.35": "activation of the controllers' special days",
    "0-0:96.1.1.255": "device identifier",
    "0-0:96.1.2.255": "meter variant",
    "0-0:96.1.4.255": "model",
    "0-0:96.1.6.255": "manufacturer",
    "0-0:96.3.10.255": "supply state",
    "0-0:96.13.0.255": "supplier telephone number",
    "0-0:96.13.1.255": "supplier name",
    "0-2:96.13.1.255": "supplier message",
    "0-3:96.13.1.255": "customer identification number",
    "0-0:98.1.0.255": "billing data log of the billing calendar: registers",
    "0-0:98.1.1.255": "billing data log of the billing calendar: balances",
    "0-0:98.1.2.255": "billing data log of a change of mode or tariff",
    "0-0:98.1.4.255": "billing data log: payments of debt",
    "0-0:98.1.5.255": "billing data log: prepayment credits",
    "0-0:98.1.8.255": "prepayment daily read log",
    "0-0:98.1.9.255": "daily read log",
    "0-0:98.1.10.255": "daily read log of export",
    "0-0:99.1.0.255": "active import profile",
    "0-0:99.1.1.255": "export profile",
    "0-0:99.1.2.255": "reactive import profile",
    "0-0:99.1.3.255": "daily consumption log",
    "0-0:99.98.0.255": "event log",
    "0-0:99.98.1.255": "security log",
    "0-17:99.98.2.255": "auxiliary controller event log",
    "0-0:99.98.4.255": "power event log",
    "0-0:99.98.20.255": "boost event log",
    "0-30:97.98.11.255": "supplier WAN alert behaviour",
    "0-30:97.98.12.255": "supplier HAN alert behaviour",
    "0-30:97.98.13.255": "supplier alarm behaviour",
    "0-30:97.98.14.255": "supplier logging behaviour",
    "0-30:97.98.15.255": "supplier WAN alert behaviour, as set",
    "0-30:97.98.16.255": "supplier HAN alert behaviour, as set",
    "0-30:97.98.17.255": "supplier alarm behaviour, as set",
    "0-30:97.98.18.255": "supplier logging behaviour, as set",
    "0-33:97.98.11.255": "network operator WAN alert behaviour",
    "0-33:97.98.14.255": "network operator logging behaviour",
    "0-33:97.98.15.255": "network operator WAN alert behaviour, as set",
    "0-33:97.98.18.255": "network operator logging behaviour, as set",
    "1-0:0.0.2.255": "export MPAN",
    "1-0:1.6.0.255": "maximum demand of active power import",
    "1-0:1.6.1.255": "maximum demand of active power import in the configurable time",
    "1-0:1.8.0.255": "active energy import",
    "1-0:2.6.0.255": "maximum demand of active power export",
    "1-0:2.8.0.255": "active energy export",
    "1-0:4.8.0.255": "reactive energy export",
    "1-20:1.8.0.255": "active energy import of the second element",
}


def _of_controllers() -> Iterator[tuple[str, str]]:
    periods = {1: "set state start", 2: "set state end", 3: "limit start", 4: "limit end"}
    for number in _CONTROLLERS:
        yield f"0-0:94.44.0.{10 + number}", f"description of controller {number}"
        yield f"0-0:94.44.0.{20 + number}", f"type and identifier of controller {number}"
        yield f"0-0:94.44.0.{30 + number}", f"state and information of controller {number}"
        yield f"0-0:94.44.6.{number}", f"boost function control {number}"
        yield f"0-{number}:96.3.10.255", f"state of switch {number}"
        for place, name in periods.items():
            yield f"0-0:94.44.{116 + number}.{place}", f"{name} of controller {number}"


def _of_phases() -> Iterator[tuple[str, str]]:
    for group, phase in _PHASES.items():
        yield f"1-0:{group}.24.0.255", f"average RMS voltage log, phase {phase}"
        yield f"1-0:{group}.31.0.4", f"average RMS under voltage threshold, phase {phase}"
        yield f"1-0:{group}.32.0.4", f"average RMS under voltage counter, phase {phase}"
        yield f"1-0:{group}.35.0.4", f"average RMS over voltage threshold, phase {phase}"
        yield f"1-0:{group}.36.0.4", f"average RMS over voltage counter, phase {phase}"


def _of_bands() -> Iterator[tuple[str, str]]:
    for band in range(1, 9):
        yield f"0-0:16.0.{10 + band}.255", f"block thresholds of time of use band {band}, active"
        yield f"0-0:16.1.{10 + band}.255", f"block thresholds of time of use band {band}, passive"


OBJECTS: dict[str, str] = {**_SINGLE, **dict(_of_controllers()), **dict(_of_phases()), **dict(_of_bands())}
