"""``burnish veto``: a version never becomes champion."""

from __future__ import annotations

from burnish_flows.commands import by_hand


def main(argv: list[str]) -> int:
    """Veto; for a version that awaits approval this is the answer, too."""
    arguments = by_hand.parser(
        "veto",
        "See to it that a version never becomes champion: by gates, by hand or by a rollback.",
        "burnish veto denoise 3 --reason 'trained on pictures that we may not use'",
        version="needed",
        reason="vetoed by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return by_hand.carry_out(
        arguments,
        promotion.veto,
        lambda decision: f"v{decision.version} is vetoed; champion is v{decision.champion_after or '-'}",
    )
