"""A served process is killed over and over under load, and everything is counted afterwards.

    python -m tests.kill --kills 300

"Sent twice" means: the hub is given two commands of one originator, target and counter, over all lives of the process;
the journal of `dcc-sim serve --journal` shows each one as it leaves, and again as it reaches its device.
"""
