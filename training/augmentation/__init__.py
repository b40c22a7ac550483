"""Random changes of pictures and titles, drawn per example from (seed, epoch, index), applied on host or device.

`language` reads the list, `draws` deals the random numbers, one module per kind of change holds its operations beside
the twin functions that apply them (`on_host` to one picture inside tf.data, `on_device` to a batch inside the step),
and `plan` decides what is done where.
"""
