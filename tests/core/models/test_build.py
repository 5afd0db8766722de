"""Building models: the shipped architecture, weights from files, seeds, no network."""

import hashlib
import http.server
import threading

import pytest
import torch
from torchvision import models

from core import network
from core.messages import ThawError
from core.models import catalogue, weights_file
from core.models.build import _restart_untrained, available_offline, build_model
from core.models.summary_skeleton import build_skeleton


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def structure(model: torch.nn.Module) -> list:
    return [(name, tuple(value.shape), value.dtype) for name, value in model.state_dict().items()]


def printed(model: torch.nn.Module) -> str:
    """As PyTorch prints it, without the places where a builder has put None for a head."""
    return "\n".join(line for line in str(model).splitlines() if not line.endswith("): None"))


# --- architecture ------------------------------------------------------------------------

# Models whose builder does more than the constructor when it is given weights.
DIFFERENT = [("googlenet", "IMAGENET1K_V1"), ("inception_v3", "IMAGENET1K_V1"),
             ("vit_b_16", "IMAGENET1K_SWAG_E2E_V1")]


@pytest.mark.parametrize("name, weights", [*DIFFERENT, ("densenet121", "IMAGENET1K_V1")])
def test_architecture_is_what_torchvision_builds_with_the_weights(name, weights, monkeypatch):
    monkeypatch.setattr(models.WeightsEnum, "get_state_dict", lambda *_, **__: {})
    monkeypatch.setattr(torch.nn.Module, "load_state_dict", lambda *_, **__: None)
    shipped = models.get_model(name, weights=weights)
    ours = build_skeleton(name, catalogue.find_weights(name, weights))
    assert structure(ours) == structure(shipped)
    assert printed(ours) == printed(shipped)
    for flag in ("transform_input", "aux_logits", "image_size"):
        assert getattr(ours, flag, None) == getattr(shipped, flag, None)


def test_every_entry_has_the_published_number_of_parameters():
    for model in catalogue.CATALOGUE:
        for entry in model.weights:
            skeleton = build_skeleton(model.name, entry)
            assert sum(p.numel() for p in skeleton.parameters()) == entry.params, entry


def test_none_is_the_bare_constructor():
    assert structure(build_skeleton("googlenet", None)) == structure(
        models.googlenet(weights=None, init_weights=False)
    )


# --- seeds -------------------------------------------------------------------------------


def test_seed_decides_everything_and_the_global_state_nothing():
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    one = build_model("squeezenet1_1", "none", num_classes=4, seed=3).model.state_dict()
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    same = build_model("squeezenet1_1", "none", num_classes=4, seed=3).model.state_dict()
    other = build_model("squeezenet1_1", "none", num_classes=4, seed=4).model.state_dict()
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["features.0.weight"], other["features.0.weight"])
    assert not torch.equal(one["classifier.1.weight"], other["classifier.1.weight"])


def test_head_stays_where_none_is_asked_for():
    built = build_model("shufflenet_v2_x0_5", "none", num_classes=None)
    assert built.head is None and built.model.fc.out_features == 1000
    built = build_model("shufflenet_v2_x0_5", "none", num_classes=10)
    assert built.head.replacements[0].path == "fc" and built.model.fc.out_features == 10


# --- files -------------------------------------------------------------------------------


def put_weights(folder, monkeypatch, name="shufflenet_v2_x0_5", damage=False):
    """A weights file of random numbers under the name that its hash gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        model = models.get_model(name, weights=None)
    raw = folder / "raw"
    torch.save(model.state_dict(), raw)
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()
    entry = catalogue.find_weights(name, "IMAGENET1K_V1")
    object.__setattr__(entry, "file", f"{name}-{digest[:8]}.pth")
    monkeypatch.setattr(network, "TIMEOUT", 2)
    path = raw.rename(folder / entry.file)
    if damage:
        path.write_bytes(path.read_bytes()[:-1])
    return model, entry, path


@pytest.fixture
def restored():
    """The catalogue's entry as it was, after a test has given it another file."""
    entry = catalogue.find_weights("shufflenet_v2_x0_5", "IMAGENET1K_V1")
    file, url = entry.file, entry.url
    yield
    object.__setattr__(entry, "file", file)
    object.__setattr__(entry, "url", url)


@pytest.mark.parametrize("place", ["torch/hub/checkpoints", "home/weights"])
def test_weights_of_a_file_that_is_there(tmp_path, monkeypatch, restored, place):
    assert not available_offline("shufflenet_v2_x0_5", "IMAGENET1K_V1")
    saved, _, _ = put_weights(tmp_path / place, monkeypatch)
    assert available_offline("shufflenet_v2_x0_5", "IMAGENET1K_V1")
    built = build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None).model
    state = saved.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in built.state_dict().items())


def test_from_scratch_leaves_the_weights_alone(tmp_path, monkeypatch, restored):
    saved, _, _ = put_weights(tmp_path / "home/weights", monkeypatch)
    built = build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None,
                        from_scratch=True).model
    assert not torch.equal(built.fc.weight, saved.fc.weight)


def test_damaged_file_is_named(tmp_path, monkeypatch, restored):
    _, _, path = put_weights(tmp_path / "torch/hub/checkpoints", monkeypatch, damage=True)
    with pytest.raises(ThawError, match=path.name) as caught:
        build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None)
    assert caught.value.problem.id == "models.damaged_file"


def test_hub_folder_is_torchs_own(monkeypatch):
    assert str(weights_file.hub_folder().parent) == torch.hub.get_dir()
    monkeypatch.delenv("TORCH_HOME")
    assert str(weights_file.hub_folder().parent) == torch.hub.get_dir()
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert str(weights_file.hub_folder().parent) == torch.hub.get_dir()


def test_none_and_bundled_need_no_network():
    assert available_offline("resnet18", "none")
    assert available_offline("shufflenet_v2_x1_0", "LETTERS")
    assert not available_offline("resnet18", "IMAGENET1K_V1")


# --- the network -------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    """A web server on this computer; set `cut` to end its answers early."""

    class Handler(http.server.BaseHTTPRequestHandler):
        cut = False

        def do_GET(self):
            path = tmp_path / "served" / self.path.strip("/")
            if not path.is_file():
                self.send_error(404)
                return
            body = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if Handler.cut else body)

        def log_message(self, *_):
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    web.address, web.handler = f"http://127.0.0.1:{web.server_port}", Handler
    yield web
    web.shutdown()
    web.server_close()


def test_download_reports_its_progress_and_is_kept(tmp_path, monkeypatch, restored, server):
    saved, entry, path = put_weights(tmp_path / "served", monkeypatch)
    object.__setattr__(entry, "url", f"{server.address}/{path.name}")
    seen = []
    built = build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None,
                        progress=lambda done, total: seen.append((done, total)))
    size = path.stat().st_size
    assert seen[-1] == (size, size) and seen[0][0] <= 2**20 and len(seen) > 1
    assert torch.equal(built.model.fc.weight, saved.fc.weight)
    assert [p.name for p in (tmp_path / "home/weights").iterdir()] == [path.name]
    server.shutdown()
    build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None)


@pytest.mark.parametrize("fault", ["cut", "missing", "refused"])
def test_failed_download_is_one_sentence_and_leaves_nothing(
    tmp_path, monkeypatch, restored, server, fault
):
    _, entry, path = put_weights(tmp_path / "served", monkeypatch)
    server.handler.cut = fault == "cut"
    address = {"cut": f"{server.address}/{path.name}", "missing": f"{server.address}/no.pth",
               "refused": "http://127.0.0.1:9/x.pth"}[fault]
    object.__setattr__(entry, "url", address)
    with pytest.raises(ThawError, match="LETTERS of shufflenet_v2_x1_0") as caught:
        build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None)
    assert caught.value.problem.id == "models.no_network"
    assert list((tmp_path / "home/weights").iterdir()) == []


def test_wrong_content_is_refused(tmp_path, monkeypatch, restored, server):
    _, entry, path = put_weights(tmp_path / "served", monkeypatch, damage=True)
    object.__setattr__(entry, "url", f"{server.address}/{path.name}")
    with pytest.raises(ThawError) as caught:
        build_model("shufflenet_v2_x0_5", "IMAGENET1K_V1", num_classes=None)
    assert caught.value.problem.id == "models.damaged_file"


def test_layers_without_numbers_are_drawn_anew():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    with torch.no_grad():
        model[1].weight.fill_(float("nan"))
    first = model[0].weight.clone()
    _restart_untrained(model)
    assert torch.equal(model[0].weight, first)
    assert not model[1].weight.isnan().any()
