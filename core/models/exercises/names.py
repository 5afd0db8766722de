"""What the exercises can take, by name, for who has no torch loaded yet."""

# One model a family of torchvision's, a small one, so that a change is there at once.
FAMILIES: tuple[str, ...] = (
    "vgg16", "resnet18", "vit_b_16", "alexnet", "convnext_tiny", "densenet121",
    "efficientnet_b0", "googlenet", "inception_v3", "mnasnet1_0", "mobilenet_v2",
    "mobilenet_v3_small", "regnet_y_400mf", "shufflenet_v2_x1_0", "squeezenet1_1", "swin_t",
)
SMALL: dict[str, str] = {"cnn": "a small CNN", "mlp": "a small MLP"}  # ours -> how it is called
GUESSES: tuple[str, ...] = ("fc", "classifier", "head", "output")  # where a last layer might be
