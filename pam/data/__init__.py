"""Training data: foregrounds and backgrounds composited into random training crops."""
