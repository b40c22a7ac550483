"""What the winners of product matching added to thresholds, step by step, each kept only where validation gains."""
