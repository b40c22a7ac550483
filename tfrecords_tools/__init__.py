"""Catalogues in, checked TFRecords out: readers, image checks, the sharded writer, verify and inspect."""
