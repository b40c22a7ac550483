"""How the C library hands memory to TensorFlow on a CPU."""

import ctypes

# Of <malloc.h>.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


def keep() -> bool:
    """Lets the process keep the memory it frees, instead of giving it back and asking for it anew at every step.

    glibc maps every buffer of more than 32 MB afresh, and a convolution's scratch on a CPU is larger: the kernel then
    clears its pages again each step, which can take as long as the arithmetic. What the process holds is what its
    largest step needed.

    Returns:
      whether it was done; False where the C library is not glibc.

    Source: the GNU C Library manual, section 3.2.3.14, Malloc Tunable Parameters.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, _NEVER))
