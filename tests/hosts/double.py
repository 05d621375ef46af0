"""A double of the service for one run: a tenant that stands still, and nobody else's quotas."""

import json
import re
import signal
import subprocess
import tomllib

CLIENT_SECRET = "double-secret"
TENANT = ["--seed", "7", "--day", "3"]
# Small enough that no quota makes a run wait, large enough that a run is more than its start.
LARGE = ["--devices", "60", "--software-per-device", "30", "--findings-per-device", "150", "--recommendations", "20"]
SMALL = ["--devices", "8", "--software-per-device", "10", "--findings-per-device", "20", "--recommendations", "10"]
# Fewer devices a run than there are.
BY_PORTIONS = """
[source.config.datasets.device_users]
strategy = "per_device"
calls_per_run = 25
"""


class Double:
    """Use it in a `with`: the program runs as long."""

    def __init__(self, source_host, size, scenario=None, more=""):
        self.source_host = source_host
        self.options = TENANT + size
        self.more = more
        self.scenario = ["--scenario", str(scenario)] if scenario else []

    def __enter__(self):
        listen = ["--listen", "127.0.0.1:0", "--listen-files", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [self.source_host, "double", *self.options, *self.scenario, *listen],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        greeting = ""
        while "Ctrl-C" not in greeting:
            line = self.process.stderr.readline()
            if not line:
                raise RuntimeError(f"the double ended early: {greeting}")
            greeting += line
        self.toml = greeting.split("\n\n")[1] + self.more
        return self

    def config(self):
        """What the component wants to know, as JSON."""
        return json.dumps(tomllib.loads(self.toml)["source"]["config"])

    def truth(self):
        command = [self.source_host, "double", *self.options, "--truth"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def finish(self):
        """Ends it and gives its account: requests, requests over a quota, faults that struck."""
        self.process.send_signal(signal.SIGINT)
        log = self.process.stderr.read()
        self.process.wait()
        numbers = re.search(r"(\d+) requests, (\d+) over a quota, (\d+) faults", log)
        if numbers is None or "offence" in log:
            raise RuntimeError(f"the double saw something else than expected: {log}")
        return dict(zip(("requests", "over_quota", "faults"), map(int, numbers.groups())))

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
