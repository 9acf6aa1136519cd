#!/usr/bin/env python3
"""Times PyTorch on the cases of our own benchmarks, under the same names, and writes them in the same form.

channels_last, float32, as PyTorch's users train: a frozen backbone is in eval mode with requires_grad off, the trained part
in train mode, SGD with momentum; eager, or with --compile through torch.compile as it comes, compiled before it is timed.
`cached` is the head on features computed once. Weights are random: they do not change the time.

On the CPU a training step also tells peak_bytes: what the steps added to the resident memory of the process, which holds the
model and the batch. Not where it compiled, or computed the features first: that memory is not the step's.

--device cuda: TF32 off everywhere, cuDNN may try its algorithms, and a run ends when the GPU is done. Inference takes its
images from pinned memory and brings the logits back, as ours does; a training step has its images on the GPU already (ours
travel there while the step before computes).
"""
import argparse
import os
import re
import sys

import timing
from networks import FIRST_TRAINED, POINTS, WITHOUT_NORMS, build, cut_head, freeze


def autocast(args):
    """Mixed precision as PyTorch's users have it: bfloat16 where it takes it, float32 elsewhere."""
    import torch
    return torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.precision == "bf16")


def compiled(model, args):
    import torch
    return torch.compile(model) if args.compile else model


def model_and_images(arch, batch, args):
    import torch
    model = build(arch, args.classes).to(args.device, memory_format=torch.channels_last)
    return model, torch.randn(batch, 3, 224, 224).to(memory_format=torch.channels_last)


def inference(arch, batch, args):
    import torch

    def build_it():
        model, images = model_and_images(arch, batch, args)
        return model.eval(), images.pin_memory() if args.device == "cuda" else images

    def start(built, facts):
        model, images = compiled(built[0], args), built[1]

        def step():
            with torch.inference_mode(), autocast(args):
                return model(images.to(args.device, non_blocking=True)).cpu()
        return step
    return build_it, start


def training_step(arch, point, batch, args):
    import torch

    def build_it():
        model, images = model_and_images(arch, batch, args)
        freeze(model, arch, "head" if point == "cached" else point)
        return model, images.to(args.device), (torch.arange(batch) % args.classes).to(args.device)

    def start(built, facts):
        model, images, labels = built
        if point == "cached":
            model, images = cut_head(model, arch, images)
        trained = [p for p in model.parameters() if p.requires_grad]
        facts["trainable_parameters"] = sum(p.numel() for p in trained)
        optimizer = torch.optim.SGD(trained, lr=1e-4, momentum=0.9)
        model = compiled(model, args)

        def step():
            optimizer.zero_grad()
            with autocast(args):
                loss = torch.nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            return loss.item()
        return step
    return build_it, start


def loader(folder, args):
    """One pass over the images of the folder: decode, resize the shorter side to 256, crop 224, normalise, batch."""
    import torch
    from torchvision import datasets, transforms
    dataset = datasets.ImageFolder(folder, transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]))

    def start(built, facts):
        batches = torch.utils.data.DataLoader(dataset, batch_size=32, num_workers=args.threads, persistent_workers=True)
        return lambda: sum(len(labels) for _, labels in batches)
    name = f"loader/decode_resize/size:224/workers:{args.threads}/cpu"
    return timing.Case(name, len(dataset), lambda: None, start)


def prepare_device(args):
    import torch
    if args.device == "cpu":
        return
    if not torch.cuda.is_available():
        sys.exit("pytorch_peer.py: --device cuda: PyTorch sees no GPU it can use")
    torch.backends.cuda.matmul.allow_tf32 = args.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = args.precision == "tf32"
    torch.backends.cudnn.benchmark = True


def cases(args):
    where = f"{args.device}/{args.precision}"
    own_memory = args.device == "cpu" and not args.compile
    for arch in FIRST_TRAINED:
        for batch in timing.inference_batches(args):
            yield timing.Case(f"inference/{arch}/batch:{batch}/{where}", batch, *inference(arch, batch, args), own_memory)
        for batch in args.batches:
            for point in POINTS:
                if point == "all:running" and arch in WITHOUT_NORMS:
                    continue
                yield timing.Case(f"training_step/{arch}/{point}/batch:{batch}/{where}", batch,
                                  *training_step(arch, point, batch, args), own_memory and point != "cached")
    if args.images and args.device == "cpu":
        yield loader(args.images, args)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    timing.add_arguments(parser)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32",
                        help="all but fp32 need --device cuda; bf16 is autocast")
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument("--images", help="folder of one folder per class, for the loader case (left out without it)")
    args = timing.check(parser, parser.parse_args())
    if args.device == "cpu" and args.precision != "fp32":
        sys.exit(f"pytorch_peer.py: --precision {args.precision} needs --device cuda")
    if args.warm_up is None:
        args.warm_up = 10 if args.device == "cuda" else 2
    return args


def main():
    args = arguments()
    # What was compiled once serves later runs; it lies with the peers.
    timing.settle_environment(args, [("TORCHINDUCTOR_CACHE_DIR", os.path.join(sys.prefix, "inductor"))] * args.compile)
    import torch
    import torchvision
    torch.manual_seed(0)
    prepare_device(args)
    children = args.device == "cpu"
    # Threads of this process would be missing in its children: it builds with one and starts no other.
    torch.set_num_threads(1 if children else args.threads)
    chosen = [case for case in cases(args) if re.search(args.only, case.name)]
    if not chosen:
        sys.exit(f"--only {args.only}: no case has a name that matches this")
    results = timing.run(chosen, args, lambda: torch.set_num_threads(args.threads), children)
    context = {"peer": "pytorch compiled" if args.compile else "pytorch", "version": torch.__version__,
               "torchvision": torchvision.__version__,
               "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu",
               "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
               "cpu_capability": torch.backends.cpu.get_cpu_capability()}
    sys.exit(timing.write(results, context, args))


if __name__ == "__main__":
    main()
