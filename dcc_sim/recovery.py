"""What a new process makes good for one that ended at any moment.

Each step of a request is one transaction, and its record comes before its effect, so a request is in one of these:

- accepted: certainly not sent, because it is marked as sent before it is. It is sent now, or, if that is not possible
  any more, ends in the code of the reason.
- sent: it may have gone or not, and is never sent again. Its deadline still stands: the device's response or E21.
- awaiting signature: the user holds the pre-command, or asks for another with a new counter.
- quarantined: its user has been told, and says release or delete; nothing happens by itself.
- ended: its answer was put into the mailbox in the transaction that ended it.
"""

from datetime import datetime

from dcc_sim import respond
from dcc_sim.commands import protect
from dcc_sim.dcc import Dcc
from dcc_sim.requests import InFlight, State
from schemas.errors import NotPossible, SmartMeterError
from schemas.gbcs.envelope import decode
from schemas.gbcs.use_cases.table import by_name


def recover(now: datetime, dcc: Dcc) -> None:
    """Send what was accepted and never sent, or end it with its code. Called once, before anything else happens."""
    for held in dcc.store.in_state(State.ACCEPTED):
        try:
            _recover(held, now, dcc)
        except NotPossible:
            # A server may carry out the last commit of a killed client after all: then it is sent, and waits below.
            continue
    dcc.resume()


def _recover(held: InFlight, now: datetime, dcc: Dcc) -> None:
    try:
        message = decode(held.pre_command)
        dcc.inventory.user(held.owner)
        dcc.inventory.device(message.target)
        command = protect(by_name(held.use_case), message, dcc)
    except SmartMeterError as error:
        dcc.strand(held, respond.not_sent(held, error, now))
    else:
        dcc.dispatch(held, command, now)
