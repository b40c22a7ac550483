"""Recall for text queries: baselines that need no training, and what a trained model says about products."""
