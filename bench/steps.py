"""What frozen_vs_finetuned measured: every step's times on each side, out of the files of its folder."""

import re
from pathlib import Path

from runs import fail, read

STEPS = {"inference": "inference", "cached": "head, cached", "head": "head",
         "bf16_prefix": "head, bf16 prefix", "last:1": "last:1", "last:3": "last:3",
         "all": "all", "all:running": "all, running statistics"}
OURS = "ours"
PEERS = {"eager": "PyTorch", "compiled": "PyTorch compiled", "onnxruntime": "ONNX Runtime"}
SIDES = {OURS: "graft", **PEERS}
NETWORKS = {"efficientnet_lite0": "EfficientNet-Lite0", "mobilenet_v2": "MobileNetV2", "resnet18": "ResNet-18",
            "resnet50": "ResNet-50", "vgg16": "VGG-16", "squeezenet1_1": "SqueezeNet 1.1"}


class Steps:
    """steps[network][batch][step][side]: a Result of runs.py, in the order of the tables above; loader[side]: of a picture."""

    def __init__(self, folder):
        self.runs = {side: read(sorted((Path(folder) / side).glob("*.json")), re.compile("")) for side in SIDES}
        if not self.runs[OURS].results:
            fail(f"{folder} has no results of ours")
        self.loader = {side: result for side, runs in self.runs.items() for result in runs.results
                       if result.name.startswith("loader/decode_resize/")}
        places = {name: place for runs in self.runs.values() for name in runs.by_name if (place := place_of(name))}
        self.steps = {}
        for name, (network, batch, step) in sorted(places.items(), key=in_order):
            sides = {side: runs.by_name[name] for side, runs in self.runs.items() if name in runs.by_name}
            check_same_training(name, sides)
            self.steps.setdefault(network, {}).setdefault(batch, {})[step] = sides

    def sides(self):
        """Those that have a time."""
        return [side for side in SIDES if self.runs[side].results]

    def failures(self):
        return [f"{SIDES[side]}: {name}: {message}" for side in SIDES for name, message in self.runs[side].failures.items()
                if name not in self.runs[side].by_name]


def place_of(name):
    """(network, batch, step) of a case's name; None for another case."""
    found = re.match(r"(inference|training_step)/([^/]+)/(?:([^/]+)/)?batch:(\d+)/", name)
    if not found or found[2] not in NETWORKS or (found[3] or "inference") not in STEPS:
        return None
    return found[2], int(found[4]), found[3] or "inference"


def in_order(named_place):
    network, batch, step = named_place[1]
    return list(NETWORKS).index(network), batch, list(STEPS).index(step)


def check_same_training(name, sides):
    """Both sides must train the same; a peer whose freeze point is another's would be compared in vain."""
    counts = {SIDES[side]: result.trainable_parameters for side, result in sides.items() if result.trainable_parameters}
    if len(set(counts.values())) > 1:
        fail(f"{name}: trainable parameters differ: " + ", ".join(f"{side} {count:.0f}" for side, count in counts.items()))
