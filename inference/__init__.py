"""Trained encoders in, embeddings, matches and reports out."""
