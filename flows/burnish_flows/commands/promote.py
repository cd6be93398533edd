"""``burnish promote``: a version becomes champion by a person's word."""

from __future__ import annotations

from burnish_flows.commands import by_hand


def main(argv: list[str]) -> int:
    """Promote without asking the gates; what must be known of a version is asked all the same."""
    arguments = by_hand.parser(
        "promote",
        "Make a version champion without asking the gates. Refused where its data, recipe, plugins or licence are not\n"
        "known, where it was vetoed, and while promotions are frozen.",
        "burnish promote denoise 3 --reason 'the newer ones have halos'",
        version="needed",
        reason="promoted by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return by_hand.carry_out(
        arguments,
        promotion.promote,
        lambda decision: f"champion is v{decision.champion_after}, was v{decision.champion_before or '-'}",
    )
