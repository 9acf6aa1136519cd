#!/usr/bin/env python3
"""Proves that efficientnet_lite.py is the network it says: verify.py REFERENCE.safetensors

The reference holds names, shapes and float64 logits for weights that are regenerated from their names (its README says how).
"""
import json
import math
import struct
import sys

import numpy as np
import torch

from efficientnet_lite import EfficientNetLite0


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    kinds = {"F32": np.float32, "F64": np.float64}
    tensors = {name: np.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).reshape(entry["shape"])
               for name, entry in header.items() if name != "__metadata__"}
    return tensors, header["__metadata__"]


def uniform(name, count):
    """FNV-1a of the name, then SplitMix64: numbers in [-1, 1)."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z = z ^ z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1


def parameter(name, shape):
    values = uniform(name, math.prod(shape))
    if name.endswith("bias"):
        values = 0.1 * values
    elif len(shape) == 1:
        values = 1 + 0.2 * values
    else:
        values = values * math.sqrt(6 / math.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def main():
    tensors, metadata = read_safetensors(sys.argv[1])
    model = EfficientNetLite0().double()
    expected = [(name, tuple(shape)) for name, shape in json.loads(metadata["names"])]
    found = [(name, tuple(p.shape)) for name, p in model.named_parameters()]
    if found != expected:
        sys.exit(f"names or shapes differ: {sorted(set(found) ^ set(expected))[:4]}")
    state = {name: parameter(name, shape) for name, shape in expected}
    state |= {name: torch.from_numpy(value.astype(np.float64)) for name, value in tensors.items() if "running" in name}
    missing = model.load_state_dict(state, strict=False)
    if missing.unexpected_keys or any("num_batches" not in key for key in missing.missing_keys):
        sys.exit(f"the reference does not fit: {missing}")
    shape = json.loads(metadata["input"])
    images = torch.from_numpy(2 * uniform("input", math.prod(shape)).reshape(shape))
    model._dropout.p = 0.0
    for mode in ("eval", "train"):
        model.train(mode == "train")
        with torch.no_grad():
            logits = model(images).numpy()
        reference = tensors[f"reference.{mode}.logits"].astype(np.float64)
        error = np.abs(logits - reference).max() / np.abs(reference).max()
        print(f"{mode}: {logits.size} logits, largest error {error:.1e} of the largest logit")
        if logits.size == 0 or not error < 1e-6:
            sys.exit("the network is not the reference's")


if __name__ == "__main__":
    main()
