"""``burnish freeze``: the champion stays as it is."""

from __future__ import annotations

from burnish_flows.commands import by_hand


def main(argv: list[str]) -> int:
    """Freeze the promotions of a model."""
    arguments = by_hand.parser(
        "freeze",
        "Let no version become champion until `burnish thaw`; retraining goes on, and what passes is held.",
        "burnish freeze denoise --reason 'release week'",
        reason="frozen by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return by_hand.carry_out(
        arguments,
        promotion.freeze,
        lambda decision: f"promotions are frozen; champion stays v{decision.champion_after or '-'}",
    )
