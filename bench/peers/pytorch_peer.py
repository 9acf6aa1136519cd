#!/usr/bin/env python3
"""Times PyTorch on the cases of our own benchmarks, under the same names, and writes them in the same form.

Eager, channels_last, float32, as PyTorch's users train: a frozen backbone is in eval mode with requires_grad off, the trained
part in train mode, SGD with momentum. Weights are random: they do not change the time.

--device cuda: TF32 off everywhere, cuDNN may try its algorithms, and a run ends when the GPU is done. Inference takes its
images from pinned memory and brings the logits back, as ours does; a training step has its images on the GPU already (ours
travel there while the step before computes).
"""
import argparse
import json
import os
import statistics
import sys
import time

# Read by the C library at start only. Without them every large activation is mapped and unmapped anew in each step, and the
# peer would be timed on page faults.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "-1"}

# For each network: the modules of the head, then those of the last block and what follows it.
ARCHS = {
    "efficientnet_lite0": (["_dropout", "_fc"], ["_blocks.15", "_conv_head", "_bn1"]),
    "mobilenet_v2": (["classifier"], ["features.17", "features.18"]),
    "resnet50": (["fc"], ["layer4"]),
    "squeezenet1_1": (["classifier"], ["features.12"]),
}


def build(arch, classes):
    import torchvision
    from efficientnet_lite import EfficientNetLite0
    if arch == "efficientnet_lite0":
        return EfficientNetLite0(classes)
    return getattr(torchvision.models, arch)(weights=None, num_classes=classes)


def freeze(model, arch, point, norm):
    """Leaves the parameters of `point` trainable, and those modules in train mode."""
    import torch
    if point == "all":
        model.train()
    else:
        model.eval().requires_grad_(False)
        head, last = ARCHS[arch]
        for name in head + (last if point == "last:1" else []):
            model.get_submodule(name).train().requires_grad_(True)
    if norm == "frozen":
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()


def autocast(args):
    """Mixed precision as PyTorch's users have it: bfloat16 where it takes it, float32 elsewhere."""
    import torch
    return torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.precision == "bf16")


def inference(arch, batch, args):
    import torch
    model = build(arch, args.classes).eval().to(args.device, memory_format=torch.channels_last)
    images = torch.randn(batch, 3, 224, 224).to(memory_format=torch.channels_last)
    if args.device == "cuda":
        images = images.pin_memory()

    def step():
        with torch.inference_mode(), autocast(args):
            return model(images.to(args.device, non_blocking=True)).cpu()
    return step


def training_step(arch, point, batch, args):
    import torch
    model = build(arch, args.classes).to(args.device, memory_format=torch.channels_last)
    freeze(model, arch, point, args.batch_norm)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=1e-4, momentum=0.9)
    images = torch.randn(batch, 3, 224, 224).to(args.device, memory_format=torch.channels_last)
    labels = (torch.arange(batch) % args.classes).to(args.device)

    def step():
        optimizer.zero_grad()
        with autocast(args):
            loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()
    return step


def loader(folder, args):
    """One pass over the images of the folder: decode, resize the shorter side to 256, crop 224, normalise, batch."""
    import torch
    from torchvision import datasets, transforms
    dataset = datasets.ImageFolder(folder, transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]))
    batches = torch.utils.data.DataLoader(dataset, batch_size=32, num_workers=args.threads, persistent_workers=True)

    def step():
        return sum(len(labels) for _, labels in batches)
    return step, len(dataset)


def prepare_device(args):
    import torch
    if args.device == "cpu":
        if args.precision != "fp32":
            sys.exit(f"pytorch_peer.py: --precision {args.precision} needs --device cuda")
        return
    if not torch.cuda.is_available():
        sys.exit("pytorch_peer.py: --device cuda: PyTorch sees no GPU it can use")
    torch.backends.cuda.matmul.allow_tf32 = args.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = args.precision == "tf32"
    torch.backends.cudnn.benchmark = True


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


def summary(name, times, images):
    """Median, least and most, in milliseconds: of a step, or of one image where the case is a pass over a folder."""
    per = images if name.startswith("loader/") else 1
    real, used = zip(*times)
    median = statistics.median(real)
    return {"name": name, "real_time": median / per, "min": min(real) / per, "max": max(real) / per,
            "cpu_time": statistics.median(used) / per, "cpu_min": min(used) / per, "runs": len(times), "time_unit": "ms", "items_per_second": images / median * 1e3}


def show(result):
    # A median far above the least means that something else had the processor.
    doubt = "  UNSTEADY" if result["real_time"] > 1.2 * result["min"] else ""
    print(f"{result['name']:58} {result['real_time']:10.2f} ms  (min {result['min']:.2f}, max {result['max']:.2f}, "
          f"{result['runs']} runs)  {result['items_per_second']:8.1f} images/s{doubt}", file=sys.stderr, flush=True)


def cases(args):
    """(name, function that prepares it and returns (step, images in a step)), made one at a time: memory is for one only."""
    for arch in ARCHS:
        for batch in (1, 32):
            yield (f"inference/{arch}/batch:{batch}/{args.device}/{args.precision}",
                   lambda a=arch, b=batch: (inference(a, b, args), b))
        for point in ("head", "last:1", "all"):
            yield (f"training_step/{arch}/{point}/batch:32/{args.device}/{args.precision}",
                   lambda a=arch, p=point: (training_step(a, p, 32, args), 32))
    if args.images and args.device == "cpu":
        yield f"loader/decode_resize/size:224/workers:{args.threads}/cpu", lambda: loader(args.images, args)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32",
                        help="all but fp32 need --device cuda; bf16 is autocast")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", help="JSON file (default: standard output)")
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--images", help="folder of one folder per class, for the loader case (left out without it)")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--batch-norm", choices=["train", "frozen"], default="train",
                        help="statistics in the trained part: the batch's, or the running ones")
    parser.add_argument("--warm-up", type=int, help="runs not counted [cpu 2, cuda 10]")
    parser.add_argument("--min-runs", type=int, default=5)
    parser.add_argument("--max-runs", type=int, default=200)
    parser.add_argument("--min-time", type=float, default=3, help="seconds to go on measuring one case")
    parser.add_argument("--rounds", type=int, default=1,
                        help="go through all cases so many times and pool the runs: for a machine that others use too")
    args = parser.parse_args()
    if args.warm_up is None:
        args.warm_up = 10 if args.device == "cuda" else 2
    if args.threads < 1 or args.rounds < 1 or args.min_runs < 1 or args.max_runs < args.min_runs or args.classes < 2:
        parser.error("--threads, --rounds and --min-runs must be at least 1, --max-runs at least --min-runs, "
                     "--classes at least 2")
    return args


def main():
    args = arguments()
    wanted = {**ALLOCATOR, "OMP_NUM_THREADS": str(args.threads), "PYTHONDONTWRITEBYTECODE": "1"}
    if any(os.environ.get(key) != value for key, value in wanted.items()):
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **wanted})

    import torch
    import torchvision
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    prepare_device(args)
    chosen = [(name, prepare) for name, prepare in cases(args) if args.only in name]
    times, results = {}, {}
    for _ in range(args.rounds):
        for name, prepare in chosen:
            step, images = prepare()
            times.setdefault(name, []).extend(measure(step, args))
            results[name] = summary(name, times[name], images)
            show(results[name])
            del step
    if not results:
        sys.exit(f"--only {args.only}: no case has this in its name")
    context = {"peer": "pytorch", "torch": torch.__version__, "torchvision": torchvision.__version__,
               "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu",
               "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
               "threads": args.threads, "classes": args.classes, "batch_norm": args.batch_norm,
               "rounds": args.rounds, "cpu_capability": torch.backends.cpu.get_cpu_capability(),
               "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "allocator": ALLOCATOR}
    text = json.dumps({"context": context, "benchmarks": list(results.values())}, indent=1) + "\n"
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
