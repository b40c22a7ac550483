"""Keras optimizers by name, with the schedule as their learning rate."""

import keras

# Keras would decay by itself where a weight_decay is given, and by .004 in Muon where none is.
BUILDERS = {
    "adam": lambda rate, options: keras.optimizers.Adam(rate),
    "adamw": lambda rate, options: keras.optimizers.AdamW(rate, weight_decay=options.weight_decay),
    "sgd": lambda rate, options: keras.optimizers.SGD(
        rate, options.momentum, options.nesterov, weight_decay=options.weight_decay or None
    ),
    "lamb": lambda rate, options: keras.optimizers.Lamb(rate, weight_decay=options.weight_decay or None),
    # relative_step would put 1 / sqrt(step) in the place of a rate.
    "adafactor": lambda rate, options: keras.optimizers.Adafactor(
        rate, relative_step=False, weight_decay=options.weight_decay or None
    ),
    # Class centres are an output layer, which Muon's authors leave to Adam; so are tables of embeddings.
    "muon": lambda rate, options: keras.optimizers.Muon(
        rate,
        weight_decay=options.weight_decay or None,
        adam_weight_decay=options.weight_decay or None,
        exclude_layers=["/centres"],
    ),
}

# Scales and shifts are not shrunk: decay would pull a norm's gain to zero and with it the layer. `p` is GeM's
# exponent, `lambda1` DINOv2's scale of a block, `log_scale` that of sampled negatives. Keras matches "bias" on JAX and
# "dense/bias:0" on TensorFlow.
_NOT_DECAYED = r"(^|/)(bias|gamma|beta|p|lambda1|log_scale)(:0)?$"


def build(optimization, schedule) -> keras.optimizers.Optimizer:
    """The optimizer that `optimization` (flags.optimizer.Optimization) names.

    Gradient clipping is not set here: Keras clips on each replica before the gradients are summed, which gives other
    weights than one device would; the step clips the sum. For the same reason accumulation and the moving average are
    the step's.

    Args:
      schedule: a LearningRateSchedule of training/schedules.py.

    Source: AdamW arXiv:1711.05101, LAMB arXiv:1904.00962, Adafactor arXiv:1804.04235, Muon arXiv:2502.16982.
    """
    optimizer = BUILDERS[optimization.optimizer](schedule, optimization)
    optimizer.exclude_from_weight_decay(var_names=[_NOT_DECAYED])
    return optimizer
