#!/usr/bin/env python3
"""Prints how our times compare with a peer's: a table of ratios, the worst first.

compare.py OURS PEER    OURS: --benchmark_format=json of our benchmarks; PEER: what pytorch_peer.py wrote. Each is one
file, or a folder whose *.json files are pooled. A ratio over 1 means that we are slower. Status 1 where no case has
the same name on both sides.
"""
import argparse
import json
import pathlib
import re
import statistics
import sys

TO_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
# What Google Benchmark appends to a name for settings of the run.
SETTINGS = re.compile(r"/(real_time|process_time|manual_time|"
                      r"(iterations|repeats|threads|min_time|min_warmup_time):[^/]+)$")


def plain_name(entry):
    name = entry.get("run_name", entry["name"])
    while SETTINGS.search(name):
        name = SETTINGS.sub("", name)
    return name


def entries_of(path):
    path = pathlib.Path(path)
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        yield from json.loads(file.read_text(encoding="utf-8"))["benchmarks"]


def times(path, least, cpu, device):
    """{name: milliseconds}: the median, or the least, of all runs on the device that are told of.

    A peer's entry tells the median and the least of its runs; ours is a run, or an aggregate of such, which is left out.
    """
    key, runs = "cpu_time" if cpu else "real_time", {}
    for entry in entries_of(path):
        if entry.get("error_occurred") or key not in entry or entry.get("run_type") == "aggregate":
            continue
        value = entry.get("cpu_min" if cpu else "min", entry[key]) if least else entry[key]
        name = plain_name(entry)
        if device is None or device in name.split("/"):
            runs.setdefault(name, []).append(value * TO_MILLISECONDS[entry.get("time_unit", "ns")])
    return {name: (min if least else statistics.median)(values) for name, values in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("peer")
    parser.add_argument("--json", action="store_true", help="a JSON list instead of the table")
    parser.add_argument("--least", action="store_true",
                        help="compare the least times instead of the medians: for a machine that others use too")
    parser.add_argument("--device", choices=["cpu", "cuda"], help="only the cases on this device")
    parser.add_argument("--cpu", action="store_true",
                        help="compare processor time, which others take no part of: for runs in one thread")
    args = parser.parse_args()
    try:
        ours = times(args.ours, args.least, args.cpu, args.device)
        peer = times(args.peer, args.least, args.cpu, args.device)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"cannot read the results: {type(error).__name__}: {error}")
    rows = sorted(((ours[name] / peer[name], name) for name in ours.keys() & peer.keys() if peer[name] > 0), reverse=True)
    if not rows:
        sys.exit(f"no case of {args.ours} has a time under the same name in {args.peer}")

    if args.json:
        print(json.dumps([{"name": name, "ours_ms": ours[name], "peer_ms": peer[name], "ratio": ratio}
                          for ratio, name in rows], indent=1))
        return
    width = max(len(name) for _, name in rows)
    print(f"{'case':{width}}  {'ours ms':>10}  {'peer ms':>10}  {'ratio':>6}")
    for ratio, name in rows:
        print(f"{name:{width}}  {ours[name]:10.3f}  {peer[name]:10.3f}  {ratio:6.2f}")
    print(f"{'geometric mean':{width}}  {'':10}  {'':10}  {statistics.geometric_mean(r for r, _ in rows):6.2f}")
    for name in sorted(peer.keys() - ours.keys()):
        print(f"only the peer has {name}")


if __name__ == "__main__":
    main()
