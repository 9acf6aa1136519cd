#!/usr/bin/env python3
"""Times ONNX Runtime's inference on the CPU on the cases of our own benchmarks, under the same names and in the same form.

The networks are PyTorch's, exported once (torch.onnx) into the folder `onnx` beside the peers, and held against PyTorch's
logits then. Weights are random: they do not change the time.
"""
import argparse
import importlib.metadata
import pathlib
import re
import sys

import timing
from networks import FIRST_TRAINED, build


def export(arch, file, args):
    """For any number of images; the session fixes it."""
    import numpy
    import onnxruntime
    import torch
    torch.manual_seed(0)
    model, images = build(arch, args.classes).eval(), torch.randn(2, 3, 224, 224)
    made = file.with_suffix(".part")
    program = torch.onnx.export(model, (images,), dynamo=True, input_names=["images"], output_names=["logits"],
                                dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False)
    program.save(made)
    with torch.no_grad():
        expected = model(images).numpy()
    found = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"]).run(None, {"images": images.numpy()})[0]
    error = numpy.abs(found - expected).max() / numpy.abs(expected).max()
    if not error < 1e-4:
        raise ValueError(f"{arch}: the exported network's logits differ by {error:.1e} of the largest")
    made.rename(file)
    return {}


def exported(arch, args):
    """Exported in a child: the process that is timed has no PyTorch in it."""
    name = f"{arch}-{args.classes}-torch-{importlib.metadata.version('torch')}.onnx"
    file = pathlib.Path(sys.prefix) / "onnx" / name
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        answer = timing.in_child(lambda: export(arch, file, args))
        if "error" in answer:
            sys.exit(f"onnxruntime_peer.py: {arch} could not be exported: {answer['error']}")
    return file


def inference(arch, batch, args):
    def build_it():
        import numpy
        images = numpy.random.default_rng(0).standard_normal((batch, 3, 224, 224), dtype=numpy.float32)
        return exported(arch, args), images

    def start(built, facts):
        import onnxruntime
        file, images = built
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = args.threads
        options.inter_op_num_threads = 1
        options.add_free_dimension_override_by_name("batch", batch)
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"images": images})
    return build_it, start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    timing.add_arguments(parser)
    args = timing.check(parser, parser.parse_args())
    args.warm_up = 2 if args.warm_up is None else args.warm_up
    timing.settle_environment(args)
    cases = [timing.Case(f"inference/{arch}/batch:{batch}/cpu/fp32", batch, *inference(arch, batch, args))
             for arch in FIRST_TRAINED for batch in timing.inference_batches(args)]
    chosen = [case for case in cases if re.search(args.only, case.name)]
    if not chosen:
        sys.exit(f"--only {args.only}: no case has a name that matches this")
    results = timing.run(chosen, args, lambda: None, True)
    context = {"peer": "onnxruntime", "version": importlib.metadata.version("onnxruntime"), "device": "cpu",
               "exported_by_torch": importlib.metadata.version("torch")}
    sys.exit(timing.write(results, context, args))


if __name__ == "__main__":
    main()
