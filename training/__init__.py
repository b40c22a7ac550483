"""Records in, trained encoders out: input pipeline, step, loop, checkpoints, evaluation."""
