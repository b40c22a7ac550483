"""Text query -> products given as region features: pretraining, matchers, and losses of their pairs, in keras.ops."""
