"""Full critical round trips per second, beside the cryptographic floor of the same work in the same run.

One round trip: CV4 transformed, CV5 admitted and MACed, command through hub, HAN and tunnel to the SAPC, verified and
carried out, response back, DUIS response signed and stored with its MMC. In process, no HTTP, no trace. The user's
own work (signing, correlating) is done before the clock starts.

    python -m benchmarks.critical_round_trips [--rounds 300] [--repeats 5] [--json FILE]
"""

import argparse
import json
import statistics
from datetime import timedelta
from time import perf_counter

from benchmarks.floor import CRITICAL, seconds_per_round
from dcc_sim import identities
from dcc_sim.demo import LIMIT_END, LIMIT_START, START, set_state
from dcc_sim.transform import transform
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from schemas.gbcs.use_cases.table import for_request

SETTLE = timedelta(seconds=2)


def prepare(world: World, rounds: int) -> list[tuple[bytes, bytes]]:
    """The signed CV4 and CV5 documents of every round."""
    user = StandInUser("Supplier", world.users[identities.SUPPLIER], world.smki)
    pairs = []
    for number in range(rounds):
        request = user.request(identities.CHARGER, "7.13", 4, set_state(LIMIT_START, LIMIT_END, number % 101))
        signed = user.sign_pre_command(request, transform(request, for_request(request)))
        pairs.append((user.write(request), user.write(signed)))
    return pairs


def round_trips(seed: int, rounds: int) -> float:
    """Seconds per round trip."""
    world = World(seed, START, traced=False)
    world.plug_in_car()
    pairs = prepare(world, rounds)
    start = perf_counter()
    for transform_request, signed in pairs:
        world.post("serviceT", transform_request)
        world.post("serviceS", signed)
        world.advance(SETTLE)
    seconds = (perf_counter() - start) / rounds
    answered = len(world.dcc.store.mailbox(identities.SUPPLIER))
    if answered != rounds:
        raise SystemExit(f"{answered} of {rounds} round trips were answered")
    return seconds


def main() -> None:
    """Measure both in turn, and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", help="write the figures into this file too")
    options = parser.parse_args()
    ours, floors = [], []
    for repeat in range(options.repeats):
        ours.append(round_trips(repeat + 1, options.rounds))
        floors.append(seconds_per_round(CRITICAL, options.rounds))
        print(
            f"pass {repeat + 1} of {options.repeats}: {1 / ours[-1]:8.0f}/s, floor {1 / floors[-1]:8.0f}/s", flush=True
        )
    ratios = [floor / our for our, floor in zip(ours, floors, strict=True)]
    figures = {
        "round_trips_per_second": 1 / statistics.median(ours),
        "floor_per_second": 1 / statistics.median(floors),
        "ratio_median": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
    }
    print(f"critical round trips   {figures['round_trips_per_second']:8.0f} /s  (median of {options.repeats})")
    print(f"cryptographic floor    {figures['floor_per_second']:8.0f} /s")
    print(f"ratio                  {figures['ratio_median']:8.2f}     ({min(ratios):.2f} to {max(ratios):.2f})")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
