"""Builds the made-up GPU, and starts Python on it.

What `runtime.c` does not define of CUDA's functions that PyTorch calls does nothing and answers
that all is well.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("runtime.c")
_LIBRARIES = ("libtorch_cuda.so", "libc10_cuda.so", "libtorch_python.so", "libcaffe2_nvrtc.so")
# cuDNN is switched off in the checks; its version is that of the real one.
_MADE_UP = re.compile(r"(cuda|__cuda|cublas|cu)[A-Z]\w+")
_OTHERS = re.compile(r"cu(fft|rand|solver|sparse|dnn|file)|cuda(GraphsC|HostFn)")
_KNOWN = (12, 13)  # versions of CUDA
# What the wheels of CUDA leave out of their headers, as a C compiler needs it.
_WORDS = """
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(a) __align__(a)
#define __device_builtin__
#define __cudart_builtin__
#define __device_builtin_surface_type__
#define __device_builtin_texture_type__
#define __cuda_builtin_vararg
#define __host__
#define __device__
#define __forceinline__ inline
#define CUDARTAPI
#define CUDARTAPI_CDECL
"""
# Its arguments are others in each version of CUDA; the second is where it says "none".
_CAPTURE = "int cudaStreamGetCaptureInfo{}(void *s, int *status) {{ *status = 0; return 0; }}"


def why_not() -> str:
    """Why it can't be built here; "" where it can."""
    if not all(map(shutil.which, ("gcc", "nm"))):
        return "no gcc"
    if not (_torch() / "lib" / _LIBRARIES[0]).exists():
        return "a PyTorch that was not built for CUDA"
    headers = _headers()
    if not headers:
        return "no headers of CUDA"
    version = re.search(r"#define CUDA_VERSION (\d+)", (headers / "cuda.h").read_text())
    if not version or int(version[1]) // 1000 not in _KNOWN:
        return "a version of CUDA that it was not written for"
    tried = subprocess.run(
        ["gcc", "-xc", "-fsyntax-only", "-"], input="#include <pthread.h>", text=True,
        capture_output=True,
    )
    return "no headers of C" if tried.returncode else ""


def build(folder: Path) -> Path:
    """Writes the library into a folder."""
    text = _SOURCE.read_text()
    own = set(re.findall(r"\b(\w+)\(", text))
    stubs = [
        _CAPTURE.format(name.removeprefix("cudaStreamGetCaptureInfo"))
        if name.startswith("cudaStreamGetCaptureInfo") else f"int {name}() {{ return 0; }}"
        for name in sorted(_asked() - own)
    ]
    (folder / "stubs.c").write_text("\n".join(stubs) + "\n")
    (folder / "crt").mkdir()
    (folder / "crt" / "host_defines.h").write_text(_WORDS)
    library = folder / "libmade_up_gpu.so"
    # CUDA 12's headers rename a few of the functions: then the first definition is the right one.
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-w", "-Wl,-z,muldefs", f"-I{_headers()}",
         f"-I{folder}", str(_SOURCE), str(folder / "stubs.c"), "-o", str(library), "-lpthread"],
        check=True,
    )
    (folder / "libcuda.so.1").symlink_to(library)  # the driver's
    return library


def environment(library: Path, **settings: str) -> dict[str, str]:
    """Of a process that has the made-up GPU; what is set for a real one is left out."""
    usual = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("CUDA_", "PYTORCH_"))
    }
    return {
        **usual, "LD_PRELOAD": str(library), "LD_LIBRARY_PATH": str(library.parent),
        "MADE_UP_GPU": str(library), "CUDA_VISIBLE_DEVICES": "0", **settings,
    }


def _asked() -> set[str]:
    """The functions of CUDA that PyTorch leaves open."""
    found: set[str] = set()
    for name in _LIBRARIES:
        said = subprocess.run(
            ["nm", "-D", "--undefined-only", str(_torch() / "lib" / name)],
            capture_output=True, text=True, check=True,
        ).stdout
        names = {line.split()[-1].partition("@")[0] for line in said.splitlines()}
        found |= {one for one in names if _MADE_UP.fullmatch(one) and not _OTHERS.match(one)}
    if triton := importlib.util.find_spec("triton"):  # by which torch.compile asks the driver
        driver = Path(triton.origin).parent / "backends" / "nvidia" / "driver.c"
        found |= set(re.findall(r"\b(cu[A-Z]\w+)\(", driver.read_text()))
    return found


def _torch() -> Path:
    return Path(importlib.util.find_spec("torch").origin).parent


def _headers() -> Path | None:
    """The folder with CUDA's headers: of the wheels, or of an installation."""
    places = [*_torch().parent.glob("nvidia/*/include"), Path("/usr/local/cuda/include")]
    return next((one for one in places if (one / "cuda_runtime_api.h").exists()
                 and (one / "cuda.h").exists()), None)
