"""Credentials of remote parties on a device: replaced at once or later (CS02b, CS02g), and read (CS02a, CS02f).

A command for later is kept, one of each message code; its outcome goes to the party that sent it. Sources of every
rule: docs/devices.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from devices.alerts import AlertCode, CredentialsReplaced
from devices.asn1 import Handler, sequence
from devices.event_log import Entry
from devices.placing import Outcome, Status, place
from devices.replacement import CANCELLED, MODES, Mode, Replacement, cell_of, cell_parts, read_replacement
from devices.trust import Cell, Role, Use
from schemas.errors import NotAllowed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.use_cases.asn1_fields import (
    BITS,
    ENUMERATED,
    INTEGER,
    NULL,
    SEQUENCE,
    elements,
    fields,
    integer,
    octet_string,
)

if TYPE_CHECKING:
    from devices.clock import DeviceClock
    from devices.event_log import EventLog
    from devices.trust import TrustStore
    from schemas.eui import EUI64
    from schemas.gbcs.envelope import Message

_READ_ELDER, _READ = 0x0008, 0x011B
"""CS02a, which knows no load controllers, and CS02f."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A replacement for later, who sent it, when it is due, and the command's content."""

    originator: EUI64
    replacement: Replacement
    due: datetime
    content: Ber = field(repr=False)


class RemoteCredentials:
    """What a device does with the credentials of remote parties.

    Args:
        trust: its cells.
        clock: its clock; while that is not reliable, the validity of certificates is not checked (assumed).
        log: where every replaced cell is entered, 8F70.

    Attributes:
        handlers: its answers, by message code.
        pending: replacements for later, by message code.
        faults: cells that fail as if the device could not write or read them; a test sets them.
    """

    def __init__(self, trust: TrustStore, clock: DeviceClock, log: EventLog) -> None:
        self.pending: Mapping[int, Pending] = {}
        self.faults: set[Cell] = set()
        self.handlers: Mapping[int, Handler] = {
            **dict.fromkeys(MODES, self.replace),
            _READ_ELDER: self.read,
            _READ: self.read,
        }
        self._trust = trust
        self._clock = clock
        self._log = log

    def replace(self, command: Message, value: Ber, moment: datetime) -> Ber:
        """CS02b or CS02g: at once, for later, or to take back what was for later; the response's content.

        Raises:
            Malformed: it is no replacement of its message code.
            NotAllowed: its originator does not hold the authorising cell.
        """
        mode = MODES[command.message_code]
        if not self._authorised(command.originator, mode):
            raise NotAllowed("authorising cell", f"is held by the originator: {mode.authority}")
        replacement = read_replacement(value, mode, command.originator_counter)
        if replacement.at is None:
            return sequence(NULL, self._carry_out(replacement, moment).value())
        pending = {code: each for code, each in self.pending.items() if code != command.message_code}
        if replacement.at != CANCELLED:
            pending[command.message_code] = Pending(command.originator, replacement, replacement.at, value)
        self.pending = pending
        return sequence(NULL)

    def read(self, command: Message, value: Ber, moment: datetime) -> Ber:
        """CS02a or CS02f: what the cells of some roles hold.

        Raises:
            Malformed: another layout.
            NotAllowed: the originator does not hold the cell that it asks with.
        """
        asker, roles = fields(value, "credentials asked for", SEQUENCE, SEQUENCE)
        role, usage = fields(asker, "asking cell", INTEGER, BITS)
        cell = cell_of(role, usage)
        held = self._trust.anchors.get(cell)
        if held is None or held.party != command.originator:
            raise NotAllowed("asking cell", f"is held by the originator: {cell}")
        elder = command.message_code == _READ_ELDER
        return sequence(*(self._held(each.number, elder) for each in elements(roles, "roles", INTEGER)))

    def next_timer(self) -> datetime | None:
        """When a replacement is due next, on the device's clock."""
        return min(each.due for each in self.pending.values()) if self.pending else None

    def settle(self, moment: datetime) -> Iterator[tuple[EUI64, CredentialsReplaced]]:
        """Carry out what is due, in its order: who is to hear of it, and the alert."""
        due = sorted((each.due, code) for code, each in self.pending.items() if each.due <= moment)
        for at, code in due:
            each = self.pending[code]
            self.pending = {other: kept for other, kept in self.pending.items() if other != code}
            # Whoever lost the authorising cell meanwhile has no say any more, and no cell here to be told with.
            if not self._authorised(each.originator, each.replacement.mode):
                text = f"a replacement for later of {each.originator}, which has no authority now"
                self._log.append(Entry(moment, AlertCode.NO_AUTHORITY, text=text))
                continue
            outcome = self._carry_out(each.replacement, moment)
            yield each.originator, CredentialsReplaced.of(outcome, at)

    def _authorised(self, party: EUI64, mode: Mode) -> bool:
        held = self._trust.anchors.get(mode.authority)
        return held is not None and held.party == party

    def _carry_out(self, replacement: Replacement, moment: datetime) -> Outcome:
        at = moment if replacement.timed and self._clock.state.reliable else None
        outcome = place(replacement, self._trust, at, self.faults)
        for each in outcome.cells:
            if each.status is Status.SUCCESS and each.after is not None:
                self._log.append(Entry(moment, AlertCode.CREDENTIALS_UPDATED, text=f"{each.cell}: {each.after.party}"))
        return outcome

    def _held(self, number: int, elder: bool) -> Ber:
        held = {cell: each for cell, each in self._trust.anchors.items() if cell.role == number}
        unknown = not held or number == Role.ROOT or (elder and number == Role.LOAD_CONTROLLER)
        status = Status.TRUST_ANCHOR_NOT_FOUND if unknown else Status.SUCCESS
        if held.keys() & self.faults:
            status = Status.OTHER
        head = integer(number), Ber(ENUMERATED, bytes((status,)))
        if status is not Status.SUCCESS:
            return sequence(*head)
        cells = [
            sequence(*cell_parts(cell), octet_string(held[cell].party), octet_string(held[cell].key_id))
            for cell in sorted(held, key=lambda cell: list(Use).index(cell.use))
        ]
        return sequence(*head, integer(self._trust.floors.get(Role(number), 0)), sequence(*cells))
