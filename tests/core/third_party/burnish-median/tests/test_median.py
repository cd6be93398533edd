# tests/test_median.py: the whole file
from burnish.conformance import conform


@conform("median")
def test_median(check):
    check()
