"""The one figure by which models of a task are compared, as their publisher states it."""

from dataclasses import dataclass

from core.models.catalogue import Metric, WeightsEntry


@dataclass(frozen=True)
class Score:
    """A measurement and its words.

    Attributes:
        metric: As torchvision names it.
        data: How the name of the data begins: on others it is another measure.
        label: Of the table's column.
        title: Of the chart's axis.
        better: The end of the scale that is the better one.
    """

    metric: str
    data: str
    label: str
    title: str
    help: str
    better: str = "higher"
    digits: int = 1

    def of(self, weights: WeightsEntry | None) -> Metric | None:
        """What is stated of these weights; None if it is not."""
        for one in weights.metrics if weights else ():
            if one.name == self.metric and one.data.startswith(self.data):
                return one
        return None


_TOP1 = Score("acc@1", "ImageNet", "Top-1 %", "top-1 accuracy, %",
              "Accuracy on ImageNet-1K as its publisher states it.")
SCORES: dict[str, Score] = {
    "classification": _TOP1,
    "quantization": _TOP1,
    "detection": Score("box_map", "COCO", "Box mAP", "box mAP, %",
                       "Mean average precision of the boxes on COCO."),
    "segmentation": Score("miou", "COCO", "Mean IoU", "mean IoU, %",
                          "Mean overlap with the true areas, on COCO with VOC's labels."),
    "video": Score("acc@1", "Kinetics", "Top-1 %", "top-1 accuracy, %",
                   "Accuracy on the clips of Kinetics-400."),
    "optical_flow": Score("epe", "Sintel", "Error px", "mean end-point error, px",
                          "Mean error of the flow on Sintel's clean pictures; less is better.",
                          "lower", 2),
}
# torchvision's name of a metric -> what the card calls it, and its unit.
WORDS: dict[str, tuple[str, str]] = {
    "acc@1": ("Top-1", "%"),
    "acc@5": ("Top-5", "%"),
    "box_map": ("Box mAP", "%"),
    "mask_map": ("Mask mAP", "%"),
    "kp_map": ("Keypoint mAP", "%"),
    "miou": ("Mean IoU", "%"),
    "pixel_acc": ("Pixels right", "%"),
    "epe": ("End-point error", "px"),
    "per_image_epe": ("End-point error a picture", "px"),
    "fl_all": ("Pixels off", "%"),
}
