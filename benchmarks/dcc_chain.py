"""Critical requests per second of our DCC beside the bare chain of the same work, one core, in turn in the same run.

The bare chain is hand-driven lxml and cryptography and nothing else (bare_chain.py). Ours is measured four times:

    DCC            both of the user's documents, the broker, the device's answer given beforehand, the signed answer
    DCC + device   the same with the virtual device, whose bytes go straight to and fro: what the bare chain does
    without radio  the same through WAN, hub and the virtual clock, as `dcc-sim serve --han direct`
    whole          the same through Zigbee frames and tunnels as well

All four with grammar, policy, certificates, counters and a store. The user's own work is done before the clock starts.
Every pass has new worlds and an empty store each, and each of them documents of its own, which were made in another
process: nothing that is measured has been read before. PostgreSQL needs DCC_SIM_POSTGRES_URL, as the tests do.

    taskset -c 0 python -m benchmarks.dcc_chain [--rounds 300] [--repeats 7] [--store memory|sqlite|postgresql]
"""

import argparse
import gc
import json
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from benchmarks.bare_chain import BareChain, Keys
from benchmarks.critical_round_trips import SETTLE, prepare
from dcc_sim import border, identities, road
from dcc_sim.demo import START
from dcc_sim.store import Store
from dcc_sim.world import SERVICES, World
from devices.output import Send
from schemas.eui import EUI64
from schemas.gbcs.envelope import decode
from schemas.gbcs.protection import shared_secret
from tests.dcc_sim.databases import KINDS, fresh

MEMORY = "memory"
BARE = "bare chain"
BARE_OURS = "bare chain, our operations"
DCC = "DCC, answer given"
WITH_DEVICE = "DCC + device"
WITHOUT_RADIO = "round trip without radio"
WHOLE = "whole round trip"


def chain(world: World, response: bytes, *, our_operations: bool = False) -> BareChain:
    """The bare chain with the keys of ``world``; ``response`` is a critical response of its charge point."""
    supplier = world.users[identities.SUPPLIER]
    broker = world.dcc.access_control
    device = world.home.charger
    assert supplier.xml_signing is not None
    keys = Keys(
        supplier.xml_signing.key.public_key(),
        supplier.signing.key.public_key(),
        world.dcc.xml_signing.key,
        device.keys.signing,
        shared_secret(broker.key_agreement, broker.device_key(device.eui)),
    )
    return BareChain(keys, decode(response).stripped().encode(), our_operations=our_operations)


class Direct:
    """The DCC of a world without its network: commands are caught at its door towards hubs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commands: list[bytes] = []
        world.dcc.to_hub = self._caught

    def _caught(self, hub: EUI64, command: bytes) -> None:
        self.commands.append(command)

    def ask(self, transform_request: bytes, signed: bytes, now: datetime) -> bytes:
        """Both of a user's posts; gives the command."""
        for service, document in (("serviceT", transform_request), ("serviceS", signed)):
            reply = border.reply(SERVICES[service], document, now, self.world.dcc)
            if reply.code or reply.status != 200:
                raise SystemExit(f"refused: {reply.reason}")
        return self.commands.pop()

    def device(self, command: bytes, now: datetime) -> bytes:
        """The charge point's answer."""
        outputs = self.world.home.charger.receive(command, now)
        (response,) = (each.message for each in outputs if isinstance(each, Send))
        return response


@dataclass(frozen=True)
class Round:
    """The documents of one round: the user's two, and what becomes of them at the device and back."""

    transform_request: bytes
    signed: bytes
    pre_command: bytes
    response: bytes


def made_apart(seed: int, count: int) -> list[Round]:
    """``rounds_of`` a world of that seed, in another process: what it has read is remembered there."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        return apart.submit(_made, seed, count).result()


def _made(seed: int, count: int) -> list[Round]:
    return rounds_of(World(seed, START, traced=False), count)


def rounds_of(world: World, count: int) -> list[Round]:
    """``count`` rounds: the bytes are the same in every world of the same seed."""
    direct, made = Direct(world), []
    for pair in prepare(world, count):
        command = direct.ask(*pair, START)
        made.append(Round(*pair, decode(command).stripped().encode(), direct.device(command, START)))
    return made


@contextmanager
def new_world(seed: int, store: str, *, direct: bool = False) -> Iterator[World]:
    """A world over an empty store of that kind."""
    if store == MEMORY:
        yield World(seed, START, traced=False, direct=direct)
        return
    with tempfile.TemporaryDirectory() as folder, fresh(store, Path(folder)) as url:
        kept = Store(url)
        yield World(seed, START, kept, traced=False, direct=direct)
        kept.close()


Work = Callable[[Round], object]
WORKS = 6
TURN = 20
"""Rounds of one before it is the next one's turn: so all have the same share of what else the machine does."""


def bare(world: World, first: Round, *, our_operations: bool) -> Work:
    """A round of the bare chain."""
    by_hand = chain(world, first.response, our_operations=our_operations)

    def work(each: Round) -> None:
        by_hand.transform(each.transform_request, each.pre_command)
        by_hand.send(each.signed)

    return work


def ours(world: World, *, device: bool) -> Work:
    """A round of our DCC without a network, with the device or with its answers given."""
    direct = Direct(world)

    def work(each: Round) -> None:
        command = direct.ask(each.transform_request, each.signed, START)
        response = direct.device(command, START) if device else each.response
        road.device_message(response, START, world.dcc)

    return work


def whole(world: World) -> Work:
    """A round trip through everything."""

    def work(each: Round) -> None:
        world.post("serviceT", each.transform_request)
        world.post("serviceS", each.signed)
        world.advance(SETTLE)

    return work


def check(world: World, rounds: int) -> None:
    """Every round has its answer in the user's mailbox."""
    answered = len(world.dcc.store.mailbox(identities.SUPPLIER))
    if answered != rounds:
        raise SystemExit(f"{answered} of {rounds} round trips were answered")


def one_pass(seed: int, count: int, store: str) -> dict[str, float]:
    """Microseconds of a round, of each."""
    with ExitStack() as stack:
        first = World(seed, START, traced=False)
        rounds = made_apart(seed, count * WORKS)
        alone, with_device, all_of_it = (stack.enter_context(new_world(seed, store)) for _ in range(3))
        without_radio = stack.enter_context(new_world(seed, store, direct=True))
        works = {
            BARE: bare(first, rounds[0], our_operations=False),
            BARE_OURS: bare(first, rounds[0], our_operations=True),
            DCC: ours(alone, device=False),
            WITH_DEVICE: ours(with_device, device=True),
            WITHOUT_RADIO: whole(without_radio),
            WHOLE: whole(all_of_it),
        }
        # What was made before is out of the garbage collector's way, as `dcc-sim serve` has it.
        gc.collect()
        gc.freeze()
        seconds = dict.fromkeys(works, 0.0)
        for turn in range(0, count, TURN):
            for number, (name, work) in enumerate(works.items()):
                begin = number * count + turn
                own = rounds[begin : min(begin + TURN, (number + 1) * count)]
                start = perf_counter()
                for each in own:
                    work(each)
                seconds[name] += perf_counter() - start
        for world in (alone, with_device, without_radio, all_of_it):
            check(world, count)
    return {name: taken / count * 1e6 for name, taken in seconds.items()}


def main() -> None:
    """Measure all in turn, and print medians and ratios of the same pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--store", choices=(MEMORY, *KINDS), default=MEMORY)
    parser.add_argument("--json", help="write the figures into this file too")
    options = parser.parse_args()
    passes = []
    for number in range(options.repeats):
        passes.append(one_pass(number + 1, options.rounds, options.store))
        shown = ", ".join(f"{name} {figure:.0f}" for name, figure in passes[-1].items())
        print(f"pass {number + 1} of {options.repeats}, us: {shown}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{options.repeats} passes of {options.rounds}, store {options.store}, peak memory {peak:.0f} MiB; medians")
    print(f"{'':<28}{'us':>8}{'/s':>8}{'of bare chain':>15}{'range':>14}")
    table = {}
    for name in (BARE, BARE_OURS, DCC, WITH_DEVICE, WITHOUT_RADIO, WHOLE):
        figure = statistics.median(each[name] for each in passes)
        ratios = [each[BARE] / each[name] for each in passes]
        table[name] = {"us": figure, "of_bare_chain": statistics.median(ratios)}
        print(
            f"{name:<28}{figure:>8.0f}{1e6 / figure:>8.0f}{statistics.median(ratios):>15.2f}"
            f"{min(ratios):>8.2f} to {max(ratios):.2f}"
        )
    if options.json:
        Path(options.json).write_text(json.dumps(table, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
