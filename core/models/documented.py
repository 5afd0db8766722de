"""What torchvision's own figures of a model counted, where it is not what one would expect.

Every other weights entry documents (`num_params`, `_ops`) what `core.models.summary` gives for it.
"""

from core.models.data_dependent import Found

# Whose num_params is not that of the model that torchvision's builder gives -> parameters.
OTHER_PARAMS: dict[tuple[str, str], int] = {
    # The figure counts the auxiliary head, which the builder drops.
    ("quantized_inception_v3", "IMAGENET1K_FBGEMM_V1"): 23_834_568,
}
# torchvision counted on one picture of noise, and what a detector does depends on what it finds
# there. Where that is not one object among all proposals, the counts that give its figure:
FOUND_IN_NOISE: dict[tuple[str, str], Found] = {
    ("fasterrcnn_mobilenet_v3_large_320_fpn", "COCO_V1"): Found(proposals=0, detections=0),
    ("fasterrcnn_mobilenet_v3_large_fpn", "COCO_V1"): Found(proposals=0, detections=0),
    ("keypointrcnn_resnet50_fpn", "COCO_LEGACY"): Found(detections=0),
    ("maskrcnn_resnet50_fpn", "COCO_V1"): Found(detections=0),
    ("maskrcnn_resnet50_fpn_v2", "COCO_V1"): Found(detections=100),
}
