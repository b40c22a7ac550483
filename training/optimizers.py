"""Keras optimizers by name, with the schedule as their learning rate."""

import keras

BUILDERS = {
    "adam": lambda rate, options: keras.optimizers.Adam(rate),
    "adamw": lambda rate, options: keras.optimizers.AdamW(rate, weight_decay=options.weight_decay),
    "sgd": lambda rate, options: keras.optimizers.SGD(rate, momentum=options.momentum),
}

# Scales and shifts are not shrunk: decay would pull a norm's gain to zero and with it the layer.
_NOT_DECAYED = ("bias", "gamma", "beta", "pooling_power")


def build(optimization, schedule) -> keras.optimizers.Optimizer:
    """The optimizer that `optimization` (flags.optimizer.Optimization) names.

    Gradient clipping is not set here: Keras clips on each replica before the gradients are summed, which gives other
    weights than one device would; the step clips the sum.
    """
    optimizer = BUILDERS[optimization.optimizer](schedule, optimization)
    if optimization.optimizer == "adamw":
        optimizer.exclude_from_weight_decay(var_names=list(_NOT_DECAYED))
    return optimizer
