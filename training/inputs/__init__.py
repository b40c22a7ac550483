"""Records in, batches out: order, reading, decoding, titles."""
