#!/usr/bin/env python3
"""Holds networks that `graft export --onnx --preprocessing on` wrote against ONNX Runtime's reading of them.

Each network is exported, and one picture of random pixels is given to graft and to ONNX Runtime. Compared are the
logits less the logarithm of their exponentials' sum, which is what graft's probabilities are. Architectures without
a file are exported with fresh weights, and graft reads the exported file; the others are read from their own file.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnxruntime
from PIL import Image

USUAL = ["squeezenet1_1", "mobilenet_v2", "efficientnet_lite0", "resnet18", "resnet50", "vgg11_bn"]


def graft(args, *words):
    done = subprocess.run([args.graft, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"graft {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def log_probabilities_of_graft(args, weights, picture):
    answers = json.loads(graft(args, "predict", "--weights", weights, "--preprocess", args.preprocess, "--top", 100000,
                               "--json", "--device", "cpu", picture))
    top = answers[0]["top"]
    probabilities = numpy.zeros(len(top))
    for row in top:
        probabilities[row["index"]] = row["probability"]
    return numpy.log(numpy.maximum(probabilities, 1e-30))


def log_probabilities_of_peer(network, picture):
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    pixels = numpy.asarray(Image.open(picture), dtype=numpy.float32).transpose(2, 0, 1)[None]
    logits = session.run(None, {"input": numpy.concatenate([pixels, pixels])})[0].astype(numpy.float64)
    if logits.shape[0] != 2 or not numpy.allclose(logits[0], logits[1], rtol=1e-5, atol=1e-5):
        sys.exit(f"{network}: a batch of two equal pictures gives different logits")
    return logits[0] - logits[0].max() - numpy.log(numpy.exp(logits[0] - logits[0].max()).sum())


def compare(args, name, weights, folder):
    network = folder / f"{name}.onnx"
    source = ["--weights", weights] if weights else ["--weights", "none", "--arch", name]
    graft(args, "export", *source, "--preprocess", args.preprocess, "--onnx", network, "--preprocessing", "on")
    picture = folder / "picture.png"
    size = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"]).get_inputs()[0].shape[2]
    pixels = numpy.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=numpy.uint8)
    Image.fromarray(pixels).save(picture)
    args.preprocess = f"{args.normalise}/{size}/{size}/bilinear"
    if weights is None:
        # What graft reads back: its own layers normalise the picture.
        preprocess, args.preprocess = args.preprocess, f"0/1/{size}/{size}/bilinear"
        ours = log_probabilities_of_graft(args, network, picture)
        args.preprocess = preprocess
    else:
        ours = log_probabilities_of_graft(args, weights, picture)
    theirs = log_probabilities_of_peer(network, picture)
    seen = ours > -60
    return numpy.abs(ours - theirs)[seen].max(), numpy.abs(theirs[seen]).max(), size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=USUAL, help="architectures, and files of weights")
    parser.add_argument("--graft", default="build/bin/graft")
    parser.add_argument("--normalise", default="123.675,116.28,103.53/58.395,57.12,57.375", help="MEAN/STD")
    parser.add_argument("--bound", type=float, default=1e-4, help="of the difference, relative to the largest number")
    args = parser.parse_args()
    args.preprocess = args.normalise
    wrong = 0
    print(f"{'network':40} {'size':>4} {'difference':>10} {'largest':>8}   onnxruntime {onnxruntime.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        for network in args.networks:
            is_file = pathlib.Path(network).exists()
            name = pathlib.Path(network).stem if is_file else network
            difference, largest, size = compare(args, name, network if is_file else None, pathlib.Path(folder))
            good = difference <= args.bound * max(largest, 1)
            wrong += not good
            print(f"{name:40} {size:4} {difference:10.1e} {largest:8.3g}   {'' if good else 'DIFFERS'}", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
