"""F_c of the paths: counted by `python -m pam describe`, written here, kept equal by a test."""

from pamcli.path import CostTable

COSTS = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466), prior=116)
