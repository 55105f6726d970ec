#!/usr/bin/env python3
"""Whole cold processes of glduo against curl, in interleaved pairs; prints the ratios beside the bars.

    cargo build --release --locked && python3 benches/compare.py target/release/glduo
"""

import argparse
import fcntl
import json
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from fixture import PROJECTS, Fixture

TOKEN = "glpat-bench00000000000000000"
MESSAGES = "/-/ai_gateway/ai/v1/proxy/anthropic/v1/messages"
DIRECT_ACCESS = "/api/v4/ai/third_party_agents/direct_access"


@dataclass
class Pair:
    """One line of the report: our command, theirs, and the most that ours may cost of theirs."""

    name: str
    ours: list
    theirs: list
    bar: float
    # What our output must match, so that a fast failure is no victory.
    expect: str
    env: dict = field(default_factory=dict)
    terminal: bool = False
    # Divides the rounds, for what takes long.
    slow: int = 1
    rss_bar: float | None = None
    # (unit, amount a run, least amount a second)
    rate: tuple | None = None


@dataclass
class Cost:
    """What one process took, in seconds."""

    wall: float
    cpu: float


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glduo", type=Path, help="a release build")
    parser.add_argument("--rounds", type=int, default=40, help="pairs a line (40)")
    parser.add_argument("--only", default="", help="lines whose name contains this")
    options = parser.parse_args()
    glduo = str(options.glduo.resolve(strict=True))
    curl, true = (shutil.which(tool) or sys.exit(f"{tool} is not on PATH") for tool in ("curl", "true"))
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(Path(folder))
        try:
            chosen = [pair for pair in pairs(glduo, curl, true, fixture, Path(folder)) if options.only in pair.name]
            print(f"{'':34}{'ours ms':>9}{'theirs':>9}{'ratio':>7}{'bar':>6}{'CPU':>7}{'MiB':>7}")
            met = all([report(pair, options.rounds, base_environment(folder, fixture)) for pair in chosen])
        finally:
            fixture.stop()
    if not options.only:
        met = report_size(glduo) and met
    sys.exit(0 if met else 1)


def base_environment(folder, fixture):
    """All that both sides see: nothing of this machine's settings, proxies or credentials."""
    return {
        "PATH": os.environ.get("PATH", ""), "HOME": folder, "TERM": "xterm-256color",
        "GITLAB_INSTANCE_URL": fixture.http, "GITLAB_AI_GATEWAY_URL": f"{fixture.http}/-/ai_gateway",
        "GITLAB_TOKEN": TOKEN, "GLDUO_NO_CACHE": "1",
    }


def pairs(glduo, curl, true, fixture, folder):
    auth = ["-H", f"Authorization: Bearer {TOKEN}"]
    json_body = [*auth, "-H", "Content-Type: application/json", "-d"]

    def listing(*flags, project="hundred", limit=("-L", "100")):
        return [glduo, "mr", "list", "-R", f"bench/{project}", *limit, *flags]

    def fetch(base, *flags, page="1", project="hundred"):
        query = f"state=opened&scope=all&per_page=100&page={page}"
        return [curl, "-q", "-s", *flags, *auth, f"{base}/api/v4/projects/bench%2F{project}/merge_requests?{query}"]

    def post(name):
        body = folder / f"{name}.json"
        message = {"role": "user", "content": f"stream={name}"}
        model = {"model": "claude-sonnet-4-5-20250929", "max_tokens": 8192, "stream": True}
        body.write_text(json.dumps(model | {"messages": [message]}))
        return [*json_body, f"@{body}", fixture.http + MESSAGES]

    def chat(name):
        return [glduo, "chat", "-n", f"stream={name}"]

    secure = {"GITLAB_INSTANCE_URL": fixture.https}
    only_ca, added_ca = {"SSL_CERT_FILE": str(fixture.ca)}, {"NODE_EXTRA_CA_CERTS": str(fixture.ca)}
    cacert = ["--cacert", str(fixture.ca)]
    token_request = [curl, "-q", "-s", *json_body, "{}", fixture.http + DIRECT_ACCESS]
    hundred, rows = r"(?m)^100\t", ("rows", PROJECTS["many"], 40_000)
    many = {"project": "many", "limit": ["--paginate"]}
    # curl fetches all hundred pages in one process, on one connection.
    many_fetched = fetch(fixture.http, page="[1-100]", project="many")
    return [
        Pair("--version : true", [glduo, "--version"], [true], 2.5, r"\Aglduo \d"),
        Pair("--help : true", [glduo, "--help"], [true], 2.5, r"Usage"),
        Pair("100 rows, text : curl", listing(), fetch(fixture.http), 0.7, hundred),
        Pair("100 rows, table on a terminal : curl", listing(), fetch(fixture.http), 0.7, hundred, terminal=True),
        Pair("100 rows, JSON : curl", listing("--json"), fetch(fixture.http), 0.7, r"(?s)\A\[.*\]\s*\Z"),
        Pair("100 rows, https, only our CA", listing(), fetch(fixture.https, *cacert), 0.8, hundred, secure | only_ca),
        Pair("100 rows, https, system's roots too", listing(), fetch(fixture.https, *cacert),
             1.0, hundred, secure | added_ca),
        Pair("10k rows, text : curl", listing(**many), many_fetched,
             5, r"(?m)^10000\t", slow=4, rss_bar=24, rate=rows),
        Pair("10k rows, JSON : curl", listing("--json", **many), many_fetched,
             5, r"\"iid\":10000,", slow=4, rss_bar=24, rate=rows),
        Pair("one chat : curl's two POSTs", chat("short"), [*token_request, "--next", "-s", "-N", *post("short")],
             0.8, r"\A(word ){80}\n?\Z", rss_bar=8),
        Pair("stream 50 MB in 64 KiB : curl", chat("bundled"), [curl, "-q", "-N", "-s", *post("bundled")],
             8, r"word \n?\Z", slow=8, rate=("MB", 50, 100)),
        Pair("stream 5 MB, chunk an event : curl", chat("single"), [curl, "-q", "-N", "-s", *post("single")],
             20, r"word \n?\Z", slow=8),
    ]


def report(pair, rounds, environment):
    environment = environment | pair.env
    if trouble := check(pair, environment):
        print(f"{pair.name:34}  {trouble}")
        return False
    ours, theirs = [], []
    for _ in range(max(5, rounds // pair.slow)):
        ours.append(run(pair.ours, environment, pair.terminal))
        theirs.append(run(pair.theirs, environment, terminal=False))
    ratio = statistics.median(a.wall / b.wall for a, b in zip(ours, theirs))
    mine, other = (statistics.median(run.wall for run in runs) for runs in (ours, theirs))
    cpu = statistics.median(a.cpu / b.cpu for a, b in zip(ours, theirs))
    rss = peak_memory(pair.ours, environment)
    notes = [] if ratio <= pair.bar else ["ratio over its bar"]
    if pair.rss_bar and rss > pair.rss_bar:
        notes.append(f"memory over {pair.rss_bar} MiB")
    line = f"{pair.name:34}{mine * 1e3:9.2f}{other * 1e3:9.2f}{ratio:7.2f}{pair.bar:6.1f}{cpu:7.2f}{rss:7.1f}"
    if pair.rate:
        unit, amount, least = pair.rate
        line += f"  {amount / mine:,.0f} {unit}/s (at least {least:,})"
        if amount / mine < least:
            notes.append("rate under its bar")
    print(line + "".join(f"  ! {note}" for note in notes), flush=True)
    return not notes


def check(pair, environment):
    """What is wrong with the first run of both, or nothing. It also warms the disk cache."""
    for command, expect in ((pair.theirs, ""), (pair.ours, pair.expect)):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if done.returncode:
            return f"failed: exit {done.returncode}: {said[0] if said else ''}"
        if not re.search(expect, done.stdout.decode(errors="replace")):
            return f"wrong output: {done.stdout[:80]!r}"
    return None


def run(command, environment, terminal):
    """One whole process, its output thrown away or, for a terminal, read and thrown away."""
    if not terminal:
        with open(os.devnull, "r+b") as null:
            return timed(command, environment, null.fileno())
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    draining = threading.Thread(target=drain, args=(master,))
    draining.start()
    cost = timed(command, environment, slave)
    os.close(slave)
    draining.join()
    os.close(master)
    return cost


def drain(master):
    try:
        while os.read(master, 65536):
            pass
    except OSError:  # the last writer is gone
        pass


def timed(command, environment, stdout):
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, stdout, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, environment, file_actions=actions)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    os.close(null)
    if status:
        sys.exit(f"exit {os.waitstatus_to_exitcode(status)} in the middle of a measurement: {' '.join(command)}")
    return Cost(wall, used.ru_utime + used.ru_stime)


def peak_memory(command, environment):
    """The largest ru_maxrss of three runs, in MiB.

    A process keeps the peak of the one it was spawned from (exec does not reset it), and python's is
    larger than glduo's. So a small shell runs the command and then becomes the python that asks.
    """
    asking = "import resource as r; print(r.getrusage(r.RUSAGE_CHILDREN).ru_maxrss)"
    script = f'"$@" >/dev/null 2>&1 </dev/null; exec "$PYTHON" -S -c "{asking}"'
    asked = ["/bin/sh", "-c", script, "sh", *command]
    environment = environment | {"PYTHON": sys.executable}
    runs = [subprocess.run(asked, env=environment, capture_output=True, check=True) for _ in range(3)]
    return max(int(done.stdout) for done in runs) / 1024


def report_size(glduo):
    """The release profile strips; a binary that is not stripped is too big by itself."""
    size = os.path.getsize(glduo) / 1e6
    print(f"{'binary, stripped':34}{size:9.2f} MB (at most 6, 8 when every capability is in)")
    return size <= 6


if __name__ == "__main__":
    main()
