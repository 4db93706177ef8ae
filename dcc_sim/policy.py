"""The policy of the DCC: who may ask for which service request, and how it may be asked.

One row for each of the 129 service request variants of DUIS; facts of the public request matrix, in our own form.
``docs/authorisation.md`` is written from here (``python -m dcc_sim.policy_table``); the checks are in
[authorise.py](authorise.py). A role that is eligible must also be registered for the device's meter point at the time
(all but ``NEVER_REGISTERED``), so that of all suppliers only the registered import supplier controls load.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dcc_sim.inventory import UserRole


class Regime(StrEnum):
    """Who controls load besides the import supplier: nobody, or a load controller, which may limit (SRV 7.16)."""

    SUPPLIER_ONLY = "supplier-only"
    LOAD_CONTROLLER = "load-controller"


class Kind(StrEnum):
    """Which road a service request takes."""

    CRITICAL = "critical"
    """To a device, over a pre-command that the user signs."""
    OTHER = "other"
    """To a device, not critical."""
    NON_DEVICE = "non-device"
    """The DCC does it itself."""


class When(StrEnum):
    """When a request to a device may be carried out."""

    NOW = "now"
    """On demand."""
    DSP = "dsp"
    """At a date that the DCC keeps it until (future dated response pattern DSP)."""
    DEVICE = "device"
    """At a date that the device keeps it until (future dated response pattern Device)."""
    REPEAT = "repeat"
    """Again and again, by a schedule of the DCC (DCC scheduled)."""


COMMAND_VARIANTS: Mapping[Kind, frozenset[int]] = {
    Kind.CRITICAL: frozenset({4, 5, 6, 7}),
    Kind.OTHER: frozenset({1, 2, 3}),
    Kind.NON_DEVICE: frozenset({8}),
}
"""The command variants of each kind; 9 is the DCC's own and no user's."""

NEVER_REGISTERED = frozenset({UserRole.OTHER_USER})
"""Roles that exist without a registration: any other user may send what other users may send."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row.

    Attributes:
        variant: service reference variant, such as ``6.14.1``.
        name: the service request's name.
        kind: which road it takes.
        when: when it may be carried out; empty for what is no request to a device.
        roles: the user roles eligible in every regime.
    """

    variant: str
    name: str
    kind: Kind
    when: frozenset[When]
    roles: frozenset[UserRole]

    @property
    def command_variants(self) -> frozenset[int]:
        """The command variants that it may have."""
        return COMMAND_VARIANTS[self.kind]

    def eligible(self, regime: Regime) -> frozenset[UserRole]:
        """The user roles that may send it under ``regime``."""
        return self.roles | _ADDED[regime].get(self.variant, frozenset())


_ADDED: Mapping[Regime, Mapping[str, frozenset[UserRole]]] = {
    Regime.SUPPLIER_ONLY: {},
    # Assumed: the matrix lists nobody for 7.16, the public vectors send it as load controller, and nothing else.
    Regime.LOAD_CONTROLLER: {"7.16": frozenset({UserRole.LOAD_CONTROLLER})},
}

_ALL = "IS ES GS ED GT RSA OU"
_TABLE = """
1.1.1 | critical   | now device     | IS GS           | Update Import Tariff (Primary Element)
1.1.2 | critical   | now device     | IS              | Update Import Tariff (Secondary Element)
1.2.1 | critical   | now device     | IS GS           | Update Price (Primary Element)
1.2.2 | critical   | now device     | IS              | Update Price (Secondary Element)
1.5   | critical   | now            | IS GS           | Update Meter Balance
1.6   | critical   | now device     | IS GS           | Update Payment Mode
1.7   | critical   | now            | IS              | Reset Tariff Block Counter Matrix
2.1   | critical   | now device     | IS GS           | Update Prepay Configuration
2.2   | other      | now            | IS GS           | Top Up Device
2.3   | critical   | now            | IS GS           | Update Debt
2.5   | critical   | now            | IS GS           | Activate Emergency Credit
3.1   | other      | now dsp        | IS GS           | Display Message
3.2   | other      | now dsp        | IS GS           | Restrict Access For Change of Tenancy
3.3   | other      | now            | IS GS           | Clear Event Log
3.4   | other      | now dsp        | IS GS           | Update Supplier Name
3.5   | other      | now            | IS GS           | Disable Privacy PIN
4.1.1 | other      | now dsp        | IS GS ED GT     | Read Instantaneous Import Registers
4.1.2 | other      | now dsp        | IS GS ED GT     | Read Instantaneous Import TOU Matrices
4.1.3 | other      | now dsp        | IS ED           | Read Instantaneous Import TOU With Blocks Matrices
4.1.4 | other      | now dsp        | GS              | Read Instantaneous Import Block Counters
4.2   | other      | now dsp        | ES ED           | Read Instantaneous Export Registers
4.3   | other      | now dsp        | IS GS           | Read Instantaneous Prepay Values
4.4.2 | other      | now dsp        | IS GS           | Retrieve Change of Mode/Tariff Triggered Billing Data Log
4.4.3 | other      | now dsp        | IS GS           | Retrieve Billing Calendar Triggered Billing Data Log
4.4.4 | other      | now dsp        | IS GS           | Retrieve Billing Data Log (Payment Based Debt Payments)
4.4.5 | other      | now dsp        | IS GS           | Retrieve Billing Data Log (Prepayment Credits)
4.6.1 | other      | now dsp repeat | IS GS           | Retrieve Import Daily Read Log
4.6.2 | other      | now dsp repeat | ES              | Retrieve Export Daily Read Log
4.8.1 | other      | now dsp repeat | IS GS ED GT OU  | Read Active Import Profile Data
4.8.2 | other      | now dsp repeat | IS ED OU        | Read Reactive Import Profile Data
4.8.3 | other      | now dsp repeat | ES ED OU        | Read Export Profile Data
4.10  | other      | now dsp repeat | IS GS ED GT     | Read Network Data
4.11.1| other      | now            | IS GS OU        | Read Tariff (Primary Element)
4.11.2| other      | now            | IS OU           | Read Tariff (Secondary Element)
4.12.1| other      | now dsp repeat | IS ED           | Read Maximum Demand Import Registers
4.12.2| other      | now dsp repeat | ES ED           | Read Maximum Demand Export Registers
4.13  | other      | now dsp        | IS GS           | Read Prepayment Configuration
4.14  | other      | now dsp repeat | IS GS           | Read Prepayment Daily Read Log
4.15  | other      | now dsp repeat | IS ED           | Read Load Limit Data
4.16  | other      | now repeat     | IS ED           | Read Active Power Import
4.17  | other      | now dsp repeat | IS GS ED GT OU  | Retrieve Daily Consumption Log
4.18  | other      | now dsp        | IS GS           | Read Meter Balance
5.1   | non-device | -              | IS ES GS ED GT OU | Create Schedule
5.2   | non-device | -              | IS ES GS ED GT OU | Read Schedule
5.3   | non-device | -              | IS ES GS ED GT OU | Delete Schedule
6.2.1 | other      | now            | IS ED RSA       | Read Device Configuration (Voltage)
6.2.2 | other      | now            | IS ED RSA       | Read Device Configuration (Randomisation)
6.2.3 | other      | now            | IS GS RSA       | Read Device Configuration (Billing Calendar)
6.2.4 | other      | now            | all             | Read Device Configuration (Identity Exc MPxN)
6.2.5 | other      | now            | IS RSA          | Read Device Configuration (Instantaneous Power Thresholds)
6.2.7 | other      | now            | all             | Read Device Configuration (MPxN)
6.2.8 | other      | now            | GS GT RSA       | Read Device Configuration (Gas)
6.2.9 | other      | now            | IS GS RSA       | Read Device Configuration (Payment Mode)
6.2.10| other      | now            | IS GS ED        | Read Device Configuration (Event and Alert Behaviours)
6.4.1 | critical   | now device     | IS              | Update Device Configuration (Load Limiting General Settings)
6.4.2 | other      | now dsp        | IS              | Update Device Configuration (Load Limiting Counter Reset)
6.5   | other      | now dsp        | ED              | Update Device Configuration (Voltage)
6.6   | critical   | now            | GS              | Update Device Configuration (Gas Conversion)
6.7   | critical   | now            | GS              | Update Device Configuration (Gas Flow)
6.8   | critical   | now            | IS GS           | Update Device Configuration (Billing Calendar)
6.11  | critical   | now            | IS GS           | Synchronise Clock
6.12  | other      | now dsp        | IS              | Update Device Configuration (Instantaneous Power Threshold)
6.13  | other      | now            | IS GS ED GT RSA | Read Event or Security Log
6.14.1| critical   | now            | IS              | Update Device Configuration (Auxiliary Load Control Description)
6.14.2| critical   | now device     | IS              | Update Device Configuration (Auxiliary Load Control Scheduler)
6.14.3| critical   | now device     | IS              | Update Device Configuration (Auxiliary Controller Scheduler)
6.15.1| critical   | now device     | IS GS ED GT     | Update Security Credentials (KRP)
6.15.2| critical   | now            | IS GS           | Update Security Credentials (Device)
6.17  | critical   | now            | IS GS           | Issue Security Credentials
6.18.1| other      | now dsp        | ED              | Set Maximum Demand Configurable Time Period
6.18.2| other      | now dsp        | ED              | Reset Maximum Demand Registers
6.20.1| other      | now dsp        | IS GS           | Set Device Configuration (Import MPxN)
6.20.2| other      | now dsp        | ES              | Set Device Configuration (Export MPAN)
6.21  | other      | now dsp        | IS GS           | Request Handover of DCC Controlled Device
6.22  | other      | now            | IS GS ED        | Configure Alert Behaviour
6.23  | other      | now dsp device | IS GS           | Update Security Credentials (CoS)
6.24.1| other      | now            | IS GS ED GT     | Retrieve Device Security Credentials (KRP)
6.24.2| critical   | now            | IS GS           | Retrieve Device Security Credentials (Device)
6.25  | critical   | now            | IS              | Set Electricity Supply Tamper State
6.26  | critical   | now            | IS              | Update Device Configuration (Daily Reset of Block Counters)
6.27  | other      | now dsp        | ED              | Update Device Configuration (RMS Voltage Counter Reset)
6.28  | other      | now            | IS GS           | Set CHF Sub GHz Configuration
6.29  | other      | now            | IS GS           | Request CHF Sub GHz Channel Scan
6.30  | other      | now            | IS GS RSA       | Read CHF Sub GHz Configuration
6.31  | other      | now            | IS GS RSA       | Read CHF Sub GHz Channel
6.32  | other      | now            | IS GS RSA       | Read CHF Sub GHz Channel Log
7.1   | critical   | now            | IS              | Enable Supply
7.2   | critical   | now            | IS GS           | Disable Supply
7.3   | critical   | now            | IS GS           | Arm Supply
7.4   | other      | now            | IS ES GS ED GT RSA | Read Supply Status
7.5   | critical   | now            | IS              | Activate Auxiliary Load
7.6   | critical   | now            | IS              | Deactivate Auxiliary Load
7.7   | other      | now dsp        | IS ED OU        | Read Auxiliary Load Switch Data
7.8   | critical   | now            | IS              | Reset Auxiliary Load
7.9   | other      | now dsp        | IS              | Add Auxiliary Load to Boost Button
7.10  | other      | now dsp        | IS              | Remove Auxiliary Load From Boost Button
7.11  | other      | now dsp        | IS OU           | Read Boost Button Details
7.12  | critical   | now            | IS              | Set Randomised Offset Limit
7.13  | critical   | now            | IS              | Set Auxiliary Controller State
7.14  | other      | now dsp        | IS ED OU        | Read Auxiliary Controller Configuration Data
7.15  | other      | now dsp        | IS ED OU        | Read Auxiliary Controller Operational Data
7.16  | critical   | now            | -               | Limit APC Level
8.1.1 | critical   | now            | IS GS           | Commission Device
8.2   | non-device | -              | all             | Read Inventory
8.3   | non-device | -              | IS GS           | Decommission Device
8.4   | non-device | -              | all             | Update Inventory
8.5   | other      | dsp            | -               | Service Opt Out
8.6   | non-device | -              | -               | Service Opt In
8.7.1 | critical   | now            | IS GS           | Join Service (Critical)
8.7.2 | other      | now            | IS GS OU        | Join Service (Non-Critical)
8.8.1 | critical   | now            | IS GS           | Unjoin Service (Critical)
8.8.2 | other      | now            | IS GS OU        | Unjoin Service (Non-Critical)
8.9   | other      | now dsp        | IS GS OU        | Read Device Log
8.11  | other      | now dsp        | IS GS OU        | Update HAN Device Log
8.12.1| other      | now            | IS GS           | Restore HAN Device Log
8.12.2| other      | now            | IS GS           | Restore Gas Proxy Function Device Log
8.13  | non-device | -              | IS GS           | Return Local Command Response
8.14.1| non-device | -              | IS GS           | Communications Hub Status Update (Install Success)
8.14.2| non-device | -              | IS GS           | Communications Hub Status Update (Install No SM WAN)
8.14.3| non-device | -              | IS GS           | Communications Hub Status Update (Fault Return)
8.14.4| non-device | -              | IS GS           | Communications Hub Status Update (No Fault Return)
9.1   | other      | now            | OU              | Request Customer Identification Number
11.1  | non-device | -              | IS GS           | Update Firmware
11.2  | other      | now dsp        | all             | Read Firmware Version
11.3  | critical   | now device     | IS GS           | Activate Firmware
11.4  | non-device | -              | IS GS           | Update PPMID Firmware
12.1  | non-device | -              | all             | Request WAN Matrix
12.2  | non-device | -              | all             | Device Pre-notification
14.1  | other      | now repeat     | GT              | Record Network Data (Gas)
"""
"""variant | kind | when | eligible roles, ``all`` for those of the matrix, ``-`` for none | name"""


def _rule(line: str) -> Rule:
    variant, kind, when, roles, name = (part.strip() for part in line.split("|"))
    return Rule(
        variant,
        name,
        Kind(kind),
        frozenset(map(When, when.replace("-", "").split())),
        frozenset(map(UserRole, roles.replace("all", _ALL).replace("-", "").split())),
    )


RULES: Mapping[str, Rule] = {rule.variant: rule for rule in map(_rule, _TABLE.strip().splitlines())}
"""Service reference variant to its rule, in the order of the service references."""
