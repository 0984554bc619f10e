"""Clips with known alpha, composed of pictures: `python -m pam clips`."""
