"""What an error of torch means: that memory ran out, or that the device is of no use any more."""

from __future__ import annotations

import errno

import torch

# torch has classes for some of these only; the rest are RuntimeErrors that say so.
_NO_MEMORY = (
    "can't allocate memory",
    "Cannot allocate memory",  # on Linux, of a file that is to be mapped
    # Windows says the same by ERROR_COMMITMENT_LIMIT (winerror.h): in Python, Rust and torch.
    "[WinError 1455]",
    "(os error 1455)",
    "error code: <1455>",
    "not enough memory",
    "out of memory",
    "ALLOC_FAILED",  # cuBLAS, cuDNN
)
_BROKEN = ("CUDA error", "cuDNN error", "CUBLAS_STATUS", "HIP error")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether RAM or the GPU's memory ran out."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    told = isinstance(error, (RuntimeError, OSError))
    return told and any(words in str(error) for words in _NO_MEMORY)


def is_device_fault(error: BaseException) -> bool:
    """Whether the GPU or its driver failed: whatever this process asks of it next fails too."""
    if is_out_of_memory(error):
        return False
    if isinstance(error, torch.AcceleratorError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _BROKEN)
