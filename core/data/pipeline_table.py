"""The transforms that a pipeline can be built of, as data: no torch is imported here."""

from collections.abc import Mapping
from typing import Any

from core.data.pipeline_transform import Name, Parameter, Transform

_MODES = ("nearest", "bilinear", "bicubic")
_PADDING = ("constant", "edge", "reflect", "symmetric")
_DTYPES = ("float32", "float16", "uint8")


def _mode(name: str) -> Name:
    return Name(f"v2.InterpolationMode.{name.upper()}")


def _with_mode(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "interpolation": _mode(values["interpolation"])}


def _resize(values: Mapping[str, Any]) -> dict[str, Any]:
    side = values["size"]
    size = [side, side] if values["to"] == "square" else [side]
    return {"size": size, "interpolation": _mode(values["interpolation"]), "antialias": True}


def _affine(values: Mapping[str, Any]) -> dict[str, Any]:
    share = values["translate"]
    return _with_mode({**values, "translate": (share, share), "shear": values["shear"] or None})


def _dtype(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "dtype": Name(f"torch.{values['dtype']}")}


def _policy(values: Mapping[str, Any]) -> dict[str, Any]:
    return _with_mode({**values, "policy": Name(f"v2.AutoAugmentPolicy.{values['policy']}")})


def _size(default: int = 224) -> Parameter:
    return Parameter("size", default, "In pixels.", 1, 1024)


def _p(default: float = 0.5) -> Parameter:
    return Parameter("p", default, "Probability that it is done at all.")


def _interpolation(default: str = "bilinear") -> Parameter:
    return Parameter("interpolation", default, "How pixels between pixels are computed.",
                     choices=_MODES)


def _range(name: str, low: float, high: float, least: float, most: float, about: str) -> Parameter:
    return Parameter(name, (low, high), about, least, most)


TRANSFORMS: tuple[Transform, ...] = (
    Transform(
        "ToImage", "A PIL picture becomes a tensor of uint8, [3, H, W]; the values stay.",
    ),
    Transform(
        "ToDtype", "Another dtype; with scale, 0 to 255 becomes 0 to 1.",
        parameters=(
            Parameter("dtype", "float32", "What models take is float32.", choices=_DTYPES),
            Parameter("scale", True, "Without it the numbers stay, and 255 is white."),
        ),
        arguments=_dtype,
    ),
    Transform(
        "ConvertImageDtype", "To floats from 0 to 1, as presets do it: divided by 255. ToDtype "
        "multiplies by 1/255, which differs in the last bit.",
        arguments=lambda values: {"dtype": Name("torch.float32")}, module="transforms",
    ),
    Transform(
        "Normalize", "Minus the mean and divided by the spread, channel by channel.",
        parameters=(
            Parameter("mean", (0.485, 0.456, 0.406), "Of red, green and blue.", -1e3, 1e3),
            Parameter("std", (0.229, 0.224, 0.225), "Of red, green and blue.", -1e3, 1e3),
        ),
    ),
    Transform(
        "Resize", "The shorter side, or both, to so many pixels.",
        parameters=(
            _size(256),
            Parameter("to", "shorter side", "A square changes the proportions.",
                      choices=("shorter side", "square")),
            _interpolation(),
        ),
        arguments=_resize,
    ),
    Transform("CenterCrop", "Cuts the middle out; what is missing is black.",
              parameters=(_size(),)),
    Transform(
        "RandomCrop", "Cuts a square out anywhere, from the picture with a rim around it.", True,
        (
            _size(),
            Parameter("padding", 0, "Width of the rim in pixels.", 0, 256),
            Parameter("pad_if_needed", False, "Lets a picture that is too small grow."),
            Parameter("padding_mode", "constant", "What the rim is made of.", choices=_PADDING),
        ),
    ),
    Transform(
        "RandomResizedCrop", "Cuts a part out anywhere and resizes it.", True,
        (
            _size(),
            _range("scale", 0.08, 1.0, 0.01, 1.0, "Share of the area that is kept."),
            _range("ratio", 0.75, 1.33, 0.2, 5.0, "Width over height of the part."),
            _interpolation(),
        ),
        lambda values: {**_with_mode(values), "antialias": True},
    ),
    Transform(
        "Pad", "A rim around the picture.",
        parameters=(
            Parameter("padding", 16, "Width in pixels.", 0, 256),
            Parameter("padding_mode", "constant", "What the rim is made of.", choices=_PADDING),
        ),
    ),
    Transform("RandomHorizontalFlip", "Left and right change places.", True, (_p(),)),
    Transform("RandomVerticalFlip", "Top and bottom change places.", True, (_p(),)),
    Transform(
        "RandomRotation", "Turns by up to so many degrees either way.", True,
        (
            Parameter("degrees", 15, "At most, either way.", 0, 180),
            Parameter("expand", False, "Lets the picture grow so that nothing is cut off."),
            _interpolation("nearest"),
        ),
        _with_mode,
    ),
    Transform(
        "RandomAffine", "Turns, shifts, stretches and leans.", True,
        (
            Parameter("degrees", 10, "At most, either way.", 0, 180),
            Parameter("translate", 0.1, "Share of each side that it shifts by at most."),
            _range("scale", 0.85, 1.15, 0.1, 3.0, "Smallest and largest scale."),
            Parameter("shear", 10, "Degrees that it leans by at most.", 0, 60),
            _interpolation(),
        ),
        _affine,
    ),
    Transform(
        "RandomPerspective", "As if seen from one side.", True,
        (Parameter("distortion_scale", 0.5, "0 is straight on."), _p(), _interpolation()),
        _with_mode,
    ),
    Transform(
        "ElasticTransform", "Moves every pixel a little, neighbours alike.", True,
        (Parameter("alpha", 50.0, "How far.", 0.0, 500.0),
         Parameter("sigma", 5.0, "How smoothly.", 1.0, 20.0), _interpolation()),
        _with_mode,
    ),
    Transform(
        "ColorJitter", "Other brightness, contrast, saturation and hue.", True,
        (
            Parameter("brightness", 0.4, "Factor from 1 less this to 1 plus this."),
            Parameter("contrast", 0.4, "Likewise."),
            Parameter("saturation", 0.4, "Likewise."),
            Parameter("hue", 0.1, "Share of the colour circle, either way.", 0.0, 0.5),
        ),
    ),
    Transform(
        "Grayscale", "Without colour.",
        parameters=(Parameter("num_output_channels", 3, "Models for RGB want 3; 1 or 3.", 1, 3),),
    ),
    Transform("RandomGrayscale", "Without colour, now and then.", True, (_p(0.1),)),
    Transform(
        "GaussianBlur", "Out of focus.", True,
        (
            Parameter("kernel_size", 9, "Odd: pixels that one is mixed of.", 1, 99),
            _range("sigma", 0.1, 2.0, 0.1, 20.0, "Smallest and largest blur."),
        ),
    ),
    Transform(
        "GaussianNoise", "Adds noise to every value; wants floats.", True,
        (Parameter("sigma", 0.1, "Spread of the noise."),),
    ),
    Transform("RandomInvert", "The negative, now and then.", True, (_p(),)),
    Transform(
        "RandomPosterize", "Fewer shades; wants uint8.", True,
        (Parameter("bits", 3, "Of each channel that are kept.", 1, 8), _p()),
    ),
    Transform(
        "RandomSolarize", "Turns what is brighter than a threshold into its negative.", True,
        (Parameter("threshold", 128.0, "255 is white in uint8, 1 in floats.", 0.0, 255.0), _p()),
    ),
    Transform("RandomEqualize", "Every brightness as often as any other; wants uint8.", True,
              (_p(),)),
    Transform("RandomAutocontrast", "The darkest black, the brightest white.", True, (_p(),)),
    Transform(
        "RandomAdjustSharpness", "Sharper, or softer.", True,
        (Parameter("sharpness_factor", 2.0, "1 changes nothing, 0 blurs.", 0.0, 10.0), _p()),
    ),
    Transform(
        "RandomErasing", "Covers a rectangle; wants a tensor.", True,
        (
            _p(),
            _range("scale", 0.02, 0.33, 0.01, 1.0, "Share of the area."),
            _range("ratio", 0.3, 3.3, 0.1, 10.0, "Width over height."),
            Parameter("value", 0.0, "What it is covered with.", 0.0, 255.0),
        ),
    ),
    Transform(
        "AutoAugment", "A pair of operations from a list that was searched for on a data set.",
        True,
        (Parameter("policy", "IMAGENET", "The data set.", choices=("IMAGENET", "CIFAR10", "SVHN")),
         _interpolation("nearest")),
        _policy,
    ),
    Transform(
        "RandAugment", "Some operations at random, all of one strength.", True,
        (Parameter("num_ops", 2, "How many, one after another.", 0, 8),
         Parameter("magnitude", 9, "Strength, of 30.", 0, 30), _interpolation("nearest")),
        _with_mode,
    ),
    Transform(
        "TrivialAugmentWide", "One operation at random, of any strength: nothing to tune.", True,
        (_interpolation("nearest"),), _with_mode,
    ),
    Transform(
        "AugMix", "Mixes the picture with chains of operations on it.", True,
        (Parameter("severity", 3, "Strength of the operations.", 1, 10),
         Parameter("mixture_width", 3, "How many chains.", 1, 8),
         Parameter("alpha", 1.0, "Of the mixing; small is one chain nearly alone.", 0.01, 10.0),
         _interpolation()),
        _with_mode,
    ),
    Transform("ToPureTensor", "A plain tensor in place of torchvision's `Image`."),
)
