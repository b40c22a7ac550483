"""Recall of products for text queries: mining, input, training, evaluation."""
