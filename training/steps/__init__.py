"""One batch, one update: the loss, what is done to its gradients, and the twin steps of the two backends."""
