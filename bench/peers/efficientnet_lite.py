"""EfficientNet-Lite0 in plain torch modules, under the names of the published weights."""
import torch
from torch import nn
from torch.nn import functional

# repeats, kernel, stride, expansion, output channels; from the model's published configuration.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
          (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]


class SameConv2d(nn.Conv2d):
    """Pads so that the output has ceil(input / stride) rows and columns; an odd total has its extra after."""

    def forward(self, x):
        totals = [max((-(-size // s) - 1) * s + k - size, 0)
                  for size, k, s in zip(x.shape[2:], self.kernel_size, self.stride)]
        if any(total % 2 for total in totals):
            h, w = totals
            x = functional.pad(x, (w // 2, w - w // 2, h // 2, h - h // 2))
            totals = [0, 0]
        padding = [total // 2 for total in totals]
        return functional.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        inner = inputs * expansion
        self.expands, self.adds = expansion != 1, stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = SameConv2d(inputs, inner, 1, bias=False)
            self._bn0 = batch_norm(inner)
        self._depthwise_conv = SameConv2d(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = batch_norm(inner)
        self._project_conv = SameConv2d(inner, outputs, 1, bias=False)
        self._bn2 = batch_norm(outputs)
        self._relu6 = nn.ReLU6(inplace=True)

    def forward(self, x):
        y = self._relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self._relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = batch_norm(32)
        self._blocks, channels = nn.ModuleList(), 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for i in range(repeats):
                self._blocks.append(Block(channels, outputs, kernel, stride if i == 0 else 1, expansion))
                channels = outputs
        self._conv_head = SameConv2d(channels, 1280, 1, bias=False)
        self._bn1 = batch_norm(1280)
        self._dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(1280, classes)
        self._relu6 = nn.ReLU6(inplace=True)

    def forward(self, x):
        x = self._relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        x = self._relu6(self._bn1(self._conv_head(x)))
        return self._fc(self._dropout(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1)))
