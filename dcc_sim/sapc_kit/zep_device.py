"""The built-in SAPC as an endpoint on the HAN: ``python -m dcc_sim.sapc_kit.zep_device PORT`` (0 for a free one).

It reads what it begins with, JSON, from its standard input, listens on the loopback interface, and writes a line.
"""

import socket
import sys
from itertools import cycle

from dcc_sim.identities import HUB as HUB_EUI
from dcc_sim.sapc_kit.provision import from_json
from dcc_sim.sapc_kit.target import BuiltIn
from dcc_sim.sapc_kit.zep import SEED
from han.tunnel import Output
from han.tunnel_server import TunnelServer
from han.zep import DEVICE, HUB, Heard, TunnelEnd, decode_datagram, encode_acknowledgement
from schemas.errors import Malformed


def serve(port: int) -> None:
    """Until the process is ended."""
    provision = from_json(sys.stdin.readline())
    target, started = BuiltIn(), False
    numbers = cycle(range(256))
    server = TunnelServer(lambda: next(numbers))
    end = TunnelEnd(DEVICE, HUB, server, SEED, HUB_EUI, provision.device)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", port))
        sys.stdout.write(f"listening on {listening.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            octets, kit = listening.recvfrom(2048)
            try:
                heard = decode_datagram(octets)
            except Malformed:
                continue
            if not isinstance(heard, Heard):
                continue
            if not started:
                target.start(provision, heard.moment)
                started = True

            def sending(messages: list[bytes], heard: Heard = heard) -> list[Output]:
                return [output for message in messages for output in server.send(HUB, message, heard.moment)]

            def take(message: bytes, heard: Heard = heard) -> list[Output]:
                return sending(target.receive(message, heard.moment))

            datagrams = end.say(sending(target.advance(heard.moment)), heard.moment)
            for datagram in (*datagrams, *end.hear(heard, take)):
                listening.sendto(datagram, kit)
            listening.sendto(encode_acknowledgement(heard.sequence), kit)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
