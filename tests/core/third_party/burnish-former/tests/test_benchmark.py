"""Facts about the benchmark former-benchmark."""

from burnish.conformance import Check, conform


@conform("former/former-benchmark", kind="benchmarks")
def test_it_does_what_a_benchmark_must(check: Check) -> None:
    check()
