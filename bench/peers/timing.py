"""What the peers share: cases are built, each is timed in a process of its own, and the times are written as our own are."""
import ctypes
import json
import os
import statistics
import sys
import time

# Read by the C library at start only. Without them every large activation is mapped and unmapped anew in each step, and the
# peer would be timed on page faults.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "-1"}


class Case:
    """build() makes what lies ready before a step: model and batch. start(built) makes the step that is timed."""

    def __init__(self, name, images, build, start, peak=False):
        self.name, self.images, self.build, self.start = name, images, build, start
        self.peak = peak  # whether the memory that steps take is told


def settle_environment(args, more=()):
    """Starts the program again where its environment is not what a measurement needs."""
    wanted = {**ALLOCATOR, "OMP_NUM_THREADS": str(args.threads), "PYTHONDONTWRITEBYTECODE": "1", **dict(more)}
    if any(os.environ.get(key) != value for key, value in wanted.items()):
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **wanted})


def add_arguments(parser):
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=lambda text: [int(n) for n in text.split(",")], default=[32],
                        help="images a training step, N,...; inference runs on one image as well [32]")
    parser.add_argument("--only", default="", metavar="REGEX", help="run the cases whose name matches this")
    parser.add_argument("--out", help="JSON file (default: standard output)")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--warm-up", type=int, help="runs not counted [cpu 2, cuda 10]")
    parser.add_argument("--min-runs", type=int, default=5)
    parser.add_argument("--max-runs", type=int, default=200)
    parser.add_argument("--min-time", type=float, default=3, help="seconds to go on measuring one case")
    parser.add_argument("--rounds", type=int, default=1,
                        help="go through all cases so many times and pool the runs: for a machine that others use too")


def check(parser, args):
    if args.threads < 1 or args.rounds < 1 or args.min_runs < 1 or args.max_runs < args.min_runs or args.classes < 2:
        parser.error("--threads, --rounds and --min-runs must be at least 1, --max-runs at least --min-runs, "
                     "--classes at least 2")
    if min(args.batches) < 1:
        parser.error("--batches: at least 1 image")
    return args


def inference_batches(args):
    return sorted({1, *args.batches})


def resident_memory():
    """This process's memory in bytes, as Linux counts it: now, at its peak, and of it now what files are."""
    with open("/proc/self/status", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return {key: int(lines[key].split()[0]) * 1024 for key in ("VmRSS", "VmHWM", "RssFile")}


def growth(idle):
    """The peak above the idle process, without the code and tables that were only now read from files."""
    now = resident_memory()
    return now["VmHWM"] - idle["VmRSS"] - (now["RssFile"] - idle["RssFile"])


def measure(step, args):
    """Milliseconds of each run after the warm-up: (on the clock, of processors). A run waits for its result, so for the GPU."""
    for _ in range(args.warm_up):
        step()
    times, begin = [], time.perf_counter()
    while len(times) < args.min_runs or time.perf_counter() - begin < args.min_time:
        start, used = time.perf_counter(), time.process_time()
        step()
        times.append(((time.perf_counter() - start) * 1e3, (time.process_time() - used) * 1e3))
        if len(times) >= args.max_runs:
            break
    return times


def outcome(work):
    """What work() returns; {"error": ...} where it fails."""
    try:
        return work()
    except Exception as error:
        text = str(error).strip().splitlines() or [""]
        return {"error": f"{type(error).__name__}: {text[0]}"}


def in_child(work):
    """The outcome of work(), out of a child process, which may also be killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answer = outcome(work)
        with os.fdopen(writer, "w", encoding="utf-8") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        text = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return json.loads(text) if text else {"error": f"ended by signal {-status}" + " (no memory left?)" * (status == -9)}


def run_case(case, built, args, settle):
    """{"times", "facts"} of a case, in the process that calls it: a child, whose peak is the case's alone."""
    ctypes.CDLL(None).malloc_trim(0)  # what building has freed is no step's to use
    idle = resident_memory()
    settle()
    facts = {}
    step = case.start(built, facts)
    times = measure(step, args)
    if case.peak:
        facts["peak_bytes"] = growth(idle)
    return {"times": times, "facts": facts}


def summary(case, times, facts):
    """Median, least, most and samples, in milliseconds: of a step, or of one image where the case is a pass over a folder."""
    per = case.images if case.name.startswith("loader/") else 1
    real, used = zip(*times)
    median = statistics.median(real)
    return {"name": case.name, "real_time": median / per, "min": min(real) / per, "max": max(real) / per,
            "cpu_time": statistics.median(used) / per, "cpu_min": min(used) / per, "runs": len(times), "time_unit": "ms",
            "items_per_second": case.images / median * 1e3, **facts, "samples": [time / per for time in real]}


def show(result):
    if "error_message" in result:
        print(f"{result['name']:58} FAILED: {result['error_message']}", file=sys.stderr, flush=True)
        return
    # A median far above the least means that something else had the processor.
    doubt = "  UNSTEADY" if result["real_time"] > 1.2 * result["min"] else ""
    print(f"{result['name']:58} {result['real_time']:10.2f} ms  (min {result['min']:.2f}, max {result['max']:.2f}, "
          f"{result['runs']} runs)  {result['items_per_second']:8.1f} images/s{doubt}", file=sys.stderr, flush=True)


def run(cases, args, settle, children):
    """Results by name. settle(): what a process does before its steps. A GPU must not be used across a fork."""
    times, results = {}, {}
    for _ in range(args.rounds):
        for case in cases:
            built = case.build()
            work = lambda: run_case(case, built, args, settle)
            answer = in_child(work) if children else outcome(work)
            if "error" in answer:
                results[case.name] = {"name": case.name, "error_occurred": True, "error_message": answer["error"]}
            else:
                times.setdefault(case.name, []).extend(answer["times"])
                results[case.name] = summary(case, times[case.name], answer["facts"])
            show(results[case.name])
            del built, work
    return list(results.values())


def write(results, context, args):
    """Status 1 where a case failed."""
    context = {**context, "threads": args.threads, "classes": args.classes, "rounds": args.rounds,
               "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "allocator": ALLOCATOR}
    text = json.dumps({"context": context, "benchmarks": results}, indent=1) + "\n"
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    return any("error_message" in result for result in results)
