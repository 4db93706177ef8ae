"""A SAPC as a process of its own, for `dcc-sim conformance sapc --target "pipe:python examples/sapc_device.py"`.

It speaks the frames of dcc_sim/sapc_kit/frames.py over standard input and output, or over TCP if a port is given. The
device behind them is this project's; put yours in its place: `be_new`, `message` and `time_goes_on` are all there is.
"""

import socket
import sys

from dcc_sim.sapc_kit.frames import decode_moment, read_frame, write_frame
from dcc_sim.sapc_kit.provision import from_json
from dcc_sim.sapc_kit.target import BuiltIn


def serve(receiving, sending):
    device = BuiltIn()
    write_frame(sending, "F", b"provision, power cut")
    while True:
        try:
            kind, body = read_frame(receiving)
        except EOFError:
            return
        now, sent = decode_moment(body), []
        if kind == "P":
            device.start(from_json(body[8:].decode()), now)
        elif kind == "M":
            sent = device.receive(body[8:], now)
        elif kind == "T":
            sent = device.advance(now)
        elif kind == "C":
            sent = device.cut_power(now, decode_moment(body[8:]))
        for message in sent:
            write_frame(sending, "M", message)
        write_frame(sending, "D")


if len(sys.argv) > 1:
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
        sys.stderr.write(f"listening on {listening.getsockname()[1]}\n")
        stream = listening.accept()[0].makefile("rwb")
        serve(stream, stream)
else:
    serve(sys.stdin.buffer, sys.stdout.buffer)
