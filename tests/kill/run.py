"""The run: start, load, kill, look, many times; then a last life in which everything ends, and the count."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from dcc_sim.identities import BROKER, CHARGER, METER, OTHER_USER, SUPPLIER
from dcc_sim.journal import read
from dcc_sim.requests import State
from dcc_sim.serve import START
from dcc_sim.store import Store
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from schemas.duis.payloads import FutureDatedDeviceAlert
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, decode
from tests.kill.client import Client, clients
from tests.kill.served import Served

STEP = 2.0
"""Virtual seconds of one call of the clock."""
LONGEST_LIFE = 0.6
"""Real seconds between listening and the kill."""
WORKERS_A_LIFE = 3
"""Workers that are killed in each life of a world that has some."""
EARLY = 0.1
"""Share of kills that come while the process is starting."""
LONGEST_START = 2.0
WATCHED = (SUPPLIER, OTHER_USER, BROKER, CHARGER, METER)


@dataclass
class Figures:
    """What a run counted; everything in ``faults`` is a broken promise."""

    kills: int = 0
    workers_killed: int = 0
    during_start: int = 0
    accepted: int = 0
    finals: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    at_devices: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For a reader."""
        return [
            f"{self.kills} kills with SIGKILL, {self.during_start} of them while starting, in {self.seconds:.0f} s",
            f"{self.workers_killed} workers killed beside",
            f"{self.accepted} requests accepted; final responses: {dict(sorted(self.finals.items()))}",
            f"answers over HTTP: {dict(sorted(self.answers.items()))}",
            f"requests in each state, summed over the looks after a kill: {dict(sorted(self.found.items()))}",
            f"{self.commands} commands handed to the hub, {self.at_devices} of them reached their device",
            f"faults: {len(self.faults)}",
            *self.faults[:20],
        ]


def run(database: str, folder: Path, kills: int, seed: int, workers: int = 0) -> Figures:
    """Kill ``kills`` processes over one ``database``; ``seed`` is of the moments, as far as real time lets it be.

    With ``workers``, some of them are killed in each life before their world is.
    """
    rng, figures, began = Random(seed), Figures(), time.monotonic()
    served, world = Served(database, folder, workers), World(1, START, traced=False)
    users = {
        "supplier": StandInUser("Supplier", world.users[SUPPLIER], world.smki),
        "other": StandInUser("OtherUser", world.users[OTHER_USER], world.smki),
    }
    party = clients(users)
    before = dict.fromkeys(WATCHED, 0)
    try:
        for _ in range(kills):
            _one_life(served, party, rng, figures)
            before = _look(database, before, figures)
        _last_life(served, party, figures)
    finally:
        if served.process is not None:
            served.kill()
    _count_journal(served.journal, figures)
    figures.seconds = time.monotonic() - began
    return figures


def _one_life(served: Served, party: list[Client], rng: Random, figures: Figures) -> None:
    served.start()
    figures.kills += 1
    if rng.random() < EARLY:
        time.sleep(rng.uniform(0, LONGEST_START))
        served.kill()
        figures.during_start += 1
        return
    served.await_listening()
    failed: list[BaseException] = []
    ending = threading.Event()
    calls = [*(client.run for client in party), _clock]
    threads = [threading.Thread(target=_guarded, args=(call, served.base, ending, failed)) for call in calls]
    for thread in threads:
        thread.start()
    for _ in range(WORKERS_A_LIFE if served.workers else 0):
        time.sleep(rng.uniform(0, LONGEST_LIFE))
        figures.workers_killed += served.kill_worker(rng)
    time.sleep(rng.uniform(0, LONGEST_LIFE))
    ending.set()
    served.kill()
    for thread in threads:
        thread.join()
    figures.faults += [repr(fault) for fault in failed]


def _guarded(
    call: Callable[[str, threading.Event], None], base: str, ending: threading.Event, failed: list[BaseException]
) -> None:
    # What breaks in a thread would else be seen by nobody.
    try:
        call(base, ending)
    except BaseException as fault:
        failed.append(fault)


def _clock(base: str, ending: threading.Event) -> None:
    while True:
        try:
            with httpx.Client(base_url=base, timeout=30) as http:
                while True:
                    http.post("/sim/clock/advance", json={"seconds": STEP}).raise_for_status()
                    time.sleep(0.005)
        except httpx.TransportError:
            if ending.is_set():
                return


def _look(database: str, before: dict[EUI64, int], figures: Figures) -> dict[EUI64, int]:
    store = Store(database)
    now = {eui: store.counter(eui) for eui in WATCHED}
    for state in (State.ACCEPTED, State.AWAITING_SIGNATURE, State.SENT):
        figures.found[state.value] += len(store.in_state(state))
    store.close()
    figures.faults += [
        f"counter of {eui}: {before[eui]} before, {now[eui]} after" for eui in now if now[eui] < before[eui]
    ]
    return now


def _last_life(served: Served, party: list[Client], figures: Figures) -> None:
    served.start()
    served.await_listening()
    with httpx.Client(base_url=served.base, timeout=60) as http:
        for client in party:
            client.resolve(http)
            client.once(http, critical=client.critical)
        for _ in range(12):
            http.post("/sim/clock/advance", json={"seconds": 10}).raise_for_status()
        for client in party:
            _count_mailbox(http, client, figures)


def _count_mailbox(http: httpx.Client, client: Client, figures: Figures) -> None:
    user = client.user
    finals: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    for each in http.get(f"/sim/users/{user.eui}/responses").raise_for_status().json():
        response = user.read(each["document"].encode())
        if response.request_id is None:
            alerts[str(response.response_id)] += 1
        elif not isinstance(response.payload, FutureDatedDeviceAlert):
            finals[str(response.request_id)] += 1
            figures.finals[response.code] += 1
    figures.accepted += len(client.accepted)
    figures.answers += client.outcomes
    for name in sorted(client.accepted | set(finals)):
        expected = 1 if name in client.accepted else 0
        if finals[name] != expected:
            figures.faults.append(f"{name}: {finals[name]} final responses, {expected} expected")
    figures.faults += [f"alert {name}: {times} times" for name, times in alerts.items() if times > 1]


def _count_journal(journal: Path, figures: Figures) -> None:
    sent: dict[str, Counter[tuple[EUI64, EUI64, int]]] = {"hub": Counter(), "device": Counter()}
    for entry in read(journal):
        message = decode(entry.message)
        if entry.place != "dcc" and message.cra is CraFlag.COMMAND:
            sent[entry.place][message.originator, message.target, message.originator_counter] += 1
    figures.commands, figures.at_devices = sent["hub"].total(), sent["device"].total()
    for place, names in sent.items():
        figures.faults += [f"{name} {times} times at the {place}" for name, times in names.items() if times > 1]
