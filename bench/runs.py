"""What build/bin/bench measured, out of its JSON files, for bench/table."""

import json
import re
import statistics
import sys
from pathlib import Path

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
VENDORS = ("cudnn", "cublas")


def fail(message):
    print(f"table: {message}", file=sys.stderr)
    sys.exit(2)


class Result:
    """All runs of one case."""

    def __init__(self, name):
        self.name, self.times, self.flops, self.bytes = name, [], 0, 0
        self.case, _, self.implementation = name.rpartition("/")
        self.math = next((math for math in ("tf32", "bf16") if self.implementation.endswith(f"_{math}")), "fp32")
        self.vendor = self.implementation.startswith(VENDORS)

    @property
    def median(self):
        return statistics.median(self.times)


def read(files, match):
    """The results by name in the order of the files, and the GPU that these name."""
    results, gpu = {}, None
    for file in files:
        try:
            document = json.loads(Path(file).read_text())
            gpu = gpu or document.get("context", {}).get("gpu")
            for run in document["benchmarks"]:
                add_run(run, results, match)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            fail(f"{file} is not a benchmark's JSON: {error!r}")
    return list(results.values()), gpu


def add_run(run, results, match):
    name = re.sub(r"/(process_time|real_time|manual_time|repeats:\d+|min_time:[\d.]+)(?=/|$)", "", run["name"])
    if run.get("run_type") == "aggregate" or not match.search(name):
        return
    if run.get("error_occurred"):
        return print(f"table: {name} failed: {run.get('error_message')}", file=sys.stderr)
    if "real_time" not in run or not (run.get("flops") or run.get("bytes")):
        return
    result = results.setdefault(name, Result(name))
    unit = SECONDS[run["time_unit"]]
    times = [float(time) * unit for time in run.get("samples", [run["real_time"]])]
    if min(times) <= 0:
        raise ValueError(f"{name} took no time")
    result.times += times
    result.flops, result.bytes = run.get("flops", 0), run.get("bytes", 0)
