"""What the commands of this folder share: building, running and weighing a process, printing tables."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# A child is weighed with what it held before it became another program: let that not be all of this one.
subprocess._USE_VFORK = False

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()


@dataclass
class Process:
    """A process that has ended: what it printed, and what it took."""

    output: str
    # From its start to its end.
    seconds: float
    # Of all its threads, in itself and in the system.
    processor_seconds: float
    # Peak memory in bytes, as the system counts it.
    memory: int


def run(command, environment=None):
    """Runs a command to its end; ends this one, too, if it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status != 0:
        stop(f"{' '.join(map(str, command))} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return Process(output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def built(command, folder, target, more_environment=None):
    """Runs cargo; the executables it made, by the name of their target."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)} | (more_environment or {})
    command = [*command, "--message-format=json-render-diagnostics"]
    cargo = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    if cargo.returncode != 0:
        stop(f"{' '.join(command)} failed")
    messages = [json.loads(line) for line in cargo.stdout.splitlines()]
    return {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}


def spread(values, form):
    """The median, with the least and the greatest."""
    if len(values) == 1:
        return f"{values[0]:{form}}"
    return f"{statistics.median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


def numbers(text):
    """An argument such as 1e3,20_000."""
    return [int(float(part)) for part in text.split(",") if part]


def print_table(rows):
    """Markdown, with columns of even width."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows = [rows[0], ["-" * width for width in widths], *rows[1:]]
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
    print(flush=True)


def machine():
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        models = [line.split(":")[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        model = models[0] if models else model
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    return f"{os.cpu_count()} cores of {model}, load average {load}"


def note(text):
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def stop(text):
    sys.exit(f"{Path(sys.argv[0]).name}: {text}")
