"""What build/bin/bench and the peers measured, out of their JSON files."""

import json
import re
import statistics
import sys
from pathlib import Path

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
VENDORS = ("cudnn", "cublas")


def fail(message):
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(2)


class Result:
    """All runs of one case."""

    def __init__(self, name):
        self.name, self.times, self.flops, self.bytes = name, [], 0, 0
        self.peak_bytes = self.trainable_parameters = None
        self.case, _, self.implementation = name.rpartition("/")
        self.math = next((math for math in ("tf32", "bf16") if self.implementation.endswith(f"_{math}")), "fp32")
        self.vendor = self.implementation.startswith(VENDORS)

    @property
    def median(self):
        return statistics.median(self.times)

    @property
    def least(self):
        return min(self.times)


class Runs:
    """results, in the order of the files; failures: the messages of cases by name; contexts: what the files say of their run."""

    def __init__(self):
        self.by_name, self.failures, self.contexts = {}, {}, []

    @property
    def results(self):
        return list(self.by_name.values())


def read(files, match):
    """The cases whose names match."""
    runs = Runs()
    for file in files:
        try:
            document = json.loads(Path(file).read_text())
            runs.contexts.append(document.get("context", {}))
            for run in document["benchmarks"]:
                add_run(run, runs, match)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            fail(f"{file} is not a benchmark's JSON: {error!r}")
    return runs


def add_run(run, runs, match):
    name = re.sub(r"/(process_time|real_time|manual_time|repeats:\d+|min_time:[\d.]+)(?=/|$)", "", run["name"])
    if run.get("run_type") == "aggregate" or not match.search(name):
        return
    if run.get("error_occurred"):
        runs.failures[name] = run.get("error_message")
        return
    if "real_time" not in run:
        return
    result = runs.by_name.setdefault(name, Result(name))
    unit = SECONDS[run["time_unit"]]
    times = [float(time) * unit for time in run.get("samples", [run["real_time"]])]
    if min(times) <= 0:
        raise ValueError(f"{name} took no time")
    result.times += times
    result.flops, result.bytes = run.get("flops", 0), run.get("bytes", 0)
    if "peak_bytes" in run:  # the heap's luck differs from run to run
        result.peak_bytes = min(run["peak_bytes"], result.peak_bytes or run["peak_bytes"])
    result.trainable_parameters = run.get("trainable_parameters")
