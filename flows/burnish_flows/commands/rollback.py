"""``burnish rollback``: the champion before the present one is champion again."""

from __future__ import annotations

from burnish_flows.commands import by_hand


def main(argv: list[str]) -> int:
    """Roll back by one champion; may be repeated."""
    arguments = by_hand.parser(
        "rollback",
        "Make the champion before the present one champion again; possible while promotions are frozen, too.",
        "burnish rollback denoise --reason 'halos'",
        reason="rolled back by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return by_hand.carry_out(
        arguments,
        promotion.rollback,
        lambda decision: f"champion is v{decision.champion_after} again, was v{decision.champion_before}",
    )
