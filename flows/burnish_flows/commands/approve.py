"""``burnish approve``: a person's answer to a version that awaits one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from burnish_flows.commands import by_hand

if TYPE_CHECKING:
    from burnish_flows.registry.decision import Decision
    from burnish_flows.registry.store import Registry


def main(argv: list[str]) -> int:
    """Approve or refuse, and let the retraining that waits go on."""
    parser = by_hand.parser(
        "approve",
        "Answer a retraining whose recipe asks for approval: its challenger has passed all gates and waits.",
        "burnish approve denoise --reason 'looked at the pictures'",
        version="optional",
        reason="approved by hand",
    )
    parser.add_argument("--refuse", action="store_true", help="reject it instead")
    arguments = parser.parse_args(argv)
    return by_hand.carry_out(
        arguments,
        partial(_answered, granted=not arguments.refuse),
        lambda decision: f"v{decision.version}: {decision.kind}; champion is v{decision.champion_after or '-'}",
    )


def _answered(registry: Registry, model: str, version: str, *, reason: str, who: str, granted: bool) -> Decision:
    from burnish_flows.registry import promotion
    from burnish_flows.retrain import approval

    asking = approval.awaiting(registry, model, version)
    decision = promotion.answer(registry, model, asking.number, granted=granted, reason=reason, who=who)
    approval.wake(asking, granted=granted, reason=reason, who=who)
    return decision
