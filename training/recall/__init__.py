"""Training of recall: from the records of query-product pairs to pretrained regions and matchers."""
