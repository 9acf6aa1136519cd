#!/usr/bin/env python3
"""Trains on photographs with PyTorch as its users do, EfficientNet-Lite0's backbone frozen, and prints one JSON line.

transfer_peer.py --way loop|features --point head|last:1 --weights FILE --data DIR [--epochs N] [--seed N] [--threads N]

loop: the usual one, a pass of the photographs through the whole network in each epoch, then the held-out ones.
features: the frozen part runs once over all of them, and a linear head is trained on what it gave (--point head only).
DIR has train and val. Float32, channels_last, frozen parts in eval mode without gradients; SGD with momentum 0.9 and a
cosine schedule, no augmentation: what graft does by --augment none.
"""
import argparse
import json
import math
import os
import time

from networks import freeze
from timing import settle_environment

BATCH = 32
RATES = {"head": 0.01, "last:1": 0.001}


def folders(args):
    """The training and the held-out images, read as EfficientNet-Lite's authors do."""
    from torchvision import datasets, transforms
    reading = transforms.Compose([
        transforms.Resize(256, interpolation=transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(224),
        transforms.ToTensor(), transforms.Normalize([127 / 255] * 3, [128 / 255] * 3)])
    return [datasets.ImageFolder(os.path.join(args.data, side), reading) for side in ("train", "val")]


def loader(data, shuffle):
    from torch.utils.data import DataLoader
    return DataLoader(data, batch_size=BATCH, shuffle=shuffle, num_workers=2, persistent_workers=True)


def network(args, classes):
    import torch
    from efficientnet_lite import EfficientNetLite0
    model = EfficientNetLite0(1000)
    model.load_state_dict(torch.load(args.weights, map_location="cpu", weights_only=True))
    model._fc = torch.nn.Linear(model._fc.in_features, classes)
    model = model.to(memory_format=torch.channels_last)
    return model


def to_training(model, args):
    """The trained part in train mode, but for its batch norms, whose statistics stay."""
    import torch
    freeze(model, "efficientnet_lite0", args.point)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def descent(parameters, rate, steps):
    import torch
    optimizer = torch.optim.SGD(parameters, lr=rate, momentum=0.9)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: (1 + math.cos(math.pi * t / steps)) / 2)


def accuracy(model, batches):
    import torch
    with torch.inference_mode():
        right = [(model(images).argmax(1) == labels).sum().item() for images, labels in batches]
    return sum(right)


def loop(args):
    import torch
    train, held_out = folders(args)
    model = network(args, len(train.classes))
    to_training(model, args)
    train_batches, held_out_batches = loader(train, True), loader(held_out, False)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer, schedule = descent(trained, RATES[args.point], args.epochs * len(train_batches))
    for _ in range(args.epochs):
        to_training(model, args)
        for images, labels in train_batches:
            images = images.to(memory_format=torch.channels_last)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
            schedule.step()
        model.eval()
        right = accuracy(model, ((i.to(memory_format=torch.channels_last), l) for i, l in held_out_batches))
    return right / len(held_out)


def features(args):
    import torch
    train, held_out = folders(args)
    model = network(args, len(train.classes)).eval()
    head, model._fc = model._fc, torch.nn.Identity()

    def once(data):
        with torch.inference_mode():
            pairs = [(model(images.to(memory_format=torch.channels_last)), labels) for images, labels in loader(data, False)]
        return [torch.cat(parts).clone() for parts in zip(*pairs)]
    inputs, labels = once(train)
    held_out_inputs, held_out_labels = once(held_out)
    steps = math.ceil(len(labels) / BATCH)
    optimizer, schedule = descent(head.parameters(), RATES["head"], args.epochs * steps)
    for _ in range(args.epochs):
        for chosen in torch.randperm(len(labels)).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(inputs[chosen]), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
        right = accuracy(head, [(held_out_inputs, held_out_labels)])
    return right / len(held_out)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--way", choices=["loop", "features"], required=True)
    parser.add_argument("--point", choices=sorted(RATES), default="head")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.way == "features" and args.point != "head":
        parser.error("--way features trains a linear head: --point head")
    return args


def main():
    args = arguments()
    settle_environment(args)
    import torch
    import torchvision
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    began = time.perf_counter()
    top1 = (loop if args.way == "loop" else features)(args)
    print(json.dumps({"last_val_top1": top1, "seconds_behind_imports": time.perf_counter() - began,
                      "torch": torch.__version__, "torchvision": torchvision.__version__}))


if __name__ == "__main__":
    main()
