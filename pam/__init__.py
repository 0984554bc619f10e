"""Path-Adaptive Matting in PyTorch: the network, its training data, losses and stages."""
