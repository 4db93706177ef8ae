"""Run cases against a target: step by step on a virtual clock, the first step that fails ends its case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from dcc_sim.sapc_kit import answers
from dcc_sim.sapc_kit.answers import Misfit
from dcc_sim.sapc_kit.case import Again, Car, Case, Cut, Levels, Link, Octets, Power, Send, Step, Wait
from dcc_sim.sapc_kit.provision import parties, provision
from dcc_sim.sapc_kit.wire import Command, Keys
from schemas.gbcs.auxiliary import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dcc_sim.sapc_kit.case import AlertText
    from dcc_sim.sapc_kit.provision import Provision
    from dcc_sim.sapc_kit.target import Target
    from schemas.gbcs.envelope import Message

_READ_LEVELS = Send(send="7.15", body="<ReadAuxiliaryControllerOperationalData/>", by="network operator")
_STATES = {Direction.OUTPUT: "OutputState", Direction.INPUT: "InputState"}


class Unobservable(Exception):
    """What a step asks for cannot be seen at this target; the text says why."""


class Verdict(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_OBSERVABLE = "not observable"


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of a step.

    Attributes:
        to_device: whether the kit sent it.
    """

    to_device: bool
    octets: bytes


@dataclass(slots=True)
class StepResult:
    """What a step did.

    Attributes:
        moment: the virtual time at its start.
        problem: why it failed, empty where it did not.
    """

    step: Step
    moment: datetime
    messages: list[Seen] = field(default_factory=list)
    problem: str = ""


@dataclass(slots=True)
class CaseResult:
    """A case, how it ended, and its steps as far as it got.

    Attributes:
        reason: of a failure, or what the target cannot do.
    """

    case: Case
    verdict: Verdict
    reason: str = ""
    steps: list[StepResult] = field(default_factory=list)


def run_case(case: Case, target: Target, seed: int = 1, counter: int = 1000) -> CaseResult:
    """Start the device anew and run one case; whatever the target raises fails it.

    Args:
        counter: below every party's first; a device that does not begin anew has seen those of the case before.
    """
    missing = case.all_needs - target.features
    if missing:
        return CaseResult(case, Verdict.NOT_OBSERVABLE, f"the target has no {', no '.join(sorted(missing))}")
    run = _Run(case, target, _start(case, seed), seed, counter)
    result = CaseResult(case, Verdict.PASSED)
    try:
        run.begin()
        for step in case.steps:
            taken = StepResult(step, run.now)
            result.steps.append(taken)
            run.take(step, taken)
    except Misfit as misfit:
        result.verdict, result.reason = Verdict.FAILED, str(misfit)
    except Unobservable as missing:
        result.verdict, result.reason = Verdict.NOT_OBSERVABLE, str(missing)
    except Exception as error:
        # The target is other people's code: whatever it raises is its failure, told with its name.
        result.verdict, result.reason = Verdict.FAILED, f"{type(error).__name__}: {error}"
    if result.verdict is Verdict.FAILED and result.steps:
        result.steps[-1].problem = result.reason
    return result


def _start(case: Case, seed: int) -> Provision:
    usual, asked = provision(seed), case.device
    return replace(
        usual,
        clock_offset=asked.clock_offset,
        controllers=usual.controllers if asked.controllers is None else asked.controllers,
        offset_number=asked.offset_number,
    )


class _Run:
    def __init__(self, case: Case, target: Target, start: Provision, seed: int, counter: int) -> None:
        self.now = case.starts
        self._target = target
        self._provision = start
        self._keys = Keys(parties(seed), start.device, start.signing.public_key(), start.agreement.public_key())
        self._keys.counters = dict.fromkeys(self._keys.counters, counter)
        self._last_alert = start.alert_counter
        self._command: Command | None = None
        self._linked = True
        self._taken: StepResult | None = None

    def begin(self) -> None:
        self._target.start(self._provision, self.now)

    def take(self, step: Step, taken: StepResult) -> None:
        self._taken = taken
        match step:
            case Send():
                for _ in range(step.times):
                    self._command = self._keys.command(step)
                    self._ask(step, self._command.octets)
            case Again():
                if self._command is None:
                    raise Misfit("the case repeats a command before it sends one")
                self._ask(step, self._command.octets)
            case Octets():
                self._ask(step, bytes.fromhex(step.octets))
            case Wait():
                self.now += step.wait
                self._alerts(self._note(self._target.advance(self.now)), step.alerts)
            case Levels():
                self._check_levels(step)
            case Power():
                seen = self._target.power_kw(self.now)
                if abs(seen - step.power_kw) > 0.005:
                    raise Misfit(f"{step.power_kw:.2f} kW flow into the car, not {seen:.2f} kW")
            case Cut():
                back = self.now + step.power_cut
                messages = self._target.cut_power(self.now, back)
                self.now = back
                self._alerts(self._note(messages), step.alerts)
            case Link():
                self._linked = step.link == "up"
            case Car():
                self._target.plug_in(self.now)

    def _ask(self, step: Send | Again | Octets, octets: bytes) -> None:
        responses = self._exchange(octets, step.alerts)
        if step.response == "none":
            if responses:
                raise Misfit("there is no response, but the device sent one")
            return
        if len(responses) != 1:
            raise Misfit(f"there is one response, not {len(responses)}")
        assert self._command is not None or not isinstance(step, Again)
        if self._command is None or isinstance(step, Octets):
            raise Misfit("octets that are no command have no response")
        (response,) = responses
        answers.check_response(response, self._command, self._keys)
        if answers.succeeded(response) != (step.response == "success"):
            raise Misfit(f"the response tells {step.response}, by the results of its items")
        if step.has:
            answers.check_texts(answers.elements(response, self._command), step.has)

    def _exchange(self, octets: bytes, alerts: list[AlertText] | str) -> list[Message]:
        """Give the device a message; the responses, after its alerts are checked."""
        assert self._taken is not None
        self._taken.messages.append(Seen(True, octets))
        if not self._linked:
            self._target.advance(self.now)
            return []
        messages = self._note(self._target.receive(octets, self.now))
        self._alerts([message for message in messages if answers.is_alert(message)], alerts)
        return [message for message in messages if not answers.is_alert(message)]

    def _note(self, sent: Sequence[bytes]) -> list[Message]:
        assert self._taken is not None
        if not self._linked:
            return []
        self._taken.messages += [Seen(False, octets) for octets in sent]
        return [answers.read_message(octets) for octets in sent]

    def _alerts(self, messages: list[Message], expected: list[AlertText] | str) -> None:
        codes = []
        for message in messages:
            if not answers.is_alert(message):
                raise Misfit(f"nothing was asked, and the device sent a response ({message.message_code:04X})")
            codes.append(f"{answers.check_alert(message, self._last_alert, self._keys):04X}")
            self._last_alert = message.originator_counter
        if expected != "any" and codes != expected:
            raise Misfit(f"the alerts are {', '.join(expected) or 'none'}, not {', '.join(codes) or 'none'}")

    def _check_levels(self, step: Levels) -> None:
        command = self._keys.command(_READ_LEVELS)
        responses = self._exchange(command.octets, "any")
        if len(responses) != 1:
            raise Misfit(f"a read of the levels (ECS61e) has one response, not {len(responses)}")
        answers.check_response(responses[0], command, self._keys)
        answers.check_texts(
            answers.elements(responses[0], command),
            {_path(which): level for which, level in step.levels.items()},
        )


def _path(which: str) -> str:
    number, direction = which.split()
    state = _STATES[Direction[direction.upper()]]
    controller = f"AuxiliaryControllerOperationalData[@auxiliaryControllerN='{number}']"
    return f"{controller}/AuxiliaryControllerStateAndAssociatedInformation/{state}"
