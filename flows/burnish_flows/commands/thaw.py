"""``burnish thaw``: versions can be promoted again."""

from __future__ import annotations

from burnish_flows.commands import by_hand


def main(argv: list[str]) -> int:
    """Thaw the promotions of a model."""
    arguments = by_hand.parser(
        "thaw",
        "Let versions become champion again; the next retraining decides about what was held.",
        "burnish thaw denoise",
        reason="thawed by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return by_hand.carry_out(
        arguments,
        promotion.thaw,
        lambda decision: f"versions can be promoted again; champion is v{decision.champion_after or '-'}",
    )
