"""The networks that the peers run, and what of them trains at each freeze point of graft's."""

# The module from which on everything trains at each point, in the order of definition; `graft inspect` lists the freeze points.
FIRST_TRAINED = {
    "efficientnet_lite0": {"head": "_dropout", "last:1": "_blocks.15", "last:3": "_blocks.13"},
    "mobilenet_v2": {"head": "classifier", "last:1": "features.17", "last:3": "features.15"},
    "resnet18": {"head": "fc", "last:1": "layer4", "last:3": "layer2"},
    "resnet50": {"head": "fc", "last:1": "layer4", "last:3": "layer2"},
    "squeezenet1_1": {"head": "classifier", "last:1": "features.12", "last:3": "features.10"},
    "vgg16": {"head": "classifier.5", "last:1": "features.24", "last:3": "features.10"},
}
POINTS = ("head", "last:1", "last:3", "all", "all:running", "cached")
WITHOUT_NORMS = ("squeezenet1_1", "vgg16")


def build(arch, classes):
    import torchvision
    from efficientnet_lite import EfficientNetLite0
    if arch == "efficientnet_lite0":
        return EfficientNetLite0(classes)
    return getattr(torchvision.models, arch)(weights=None, num_classes=classes)


def modules_from(model, first):
    """The modules that have none inside, from the first one of module `first` on."""
    leaves = [(name, module) for name, module in model.named_modules() if not any(module.children())]
    at = next(i for i, (name, _) in enumerate(leaves) if f"{name}.".startswith(f"{first}."))
    return [module for _, module in leaves[at:]]


def freeze(model, arch, point):
    """As PyTorch's users do it: what is frozen in eval mode, with requires_grad off; the trained part in train mode,
    its batch norms on the batch's statistics but in `all:running`."""
    if point in ("all", "all:running"):
        import torch
        model.train()
        for module in model.modules():
            if point == "all:running" and isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
        return
    model.eval().requires_grad_(False)
    for module in modules_from(model, FIRST_TRAINED[arch][point]):
        module.train().requires_grad_(True)


def cut_head(model, arch, images):
    """(the head as a module of its own, what it reads when the network is given the images)"""
    import torch
    layers, features = modules_from(model, FIRST_TRAINED[arch]["head"]), []
    hook = layers[0].register_forward_pre_hook(lambda module, inputs: features.append(inputs[0].clone()))
    with torch.no_grad():
        model(images)
    hook.remove()
    return torch.nn.Sequential(*layers, torch.nn.Flatten()), features[0]
