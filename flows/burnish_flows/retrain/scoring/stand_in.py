"""Without a champion: the best remaining version, which a challenger must beat, and which is offered to users.

A champion can disappear: somebody deletes it, or its alias, in MLflow. The next challenger must not be promoted only
because there is no champion. It is compared with the best remaining version that could be champion itself: one without
an objection by a person or a rule, which passes the recipe's gates as a first model would.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import BurnishError, RegistryError

from burnish_flows.registry import lineage, promotion
from burnish_flows.registry.store import FilesGoneError, ModelState, Registry, Version
from burnish_flows.retrain.scoring.judging import judge
from burnish_flows.retrain.scoring.scores import Scored, Scores, score_version

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import MetricScores, Scorecard

    from burnish_flows.retrain.snapshot import Run

MOST = 3
"""Largest number of versions that are scored to find the best one."""
REMEMBERED = 30
"""Number of newest versions whose stored scorecards are read to choose those."""
JUDGED = ("approved", "rejected", "awaiting", "held")
"""Statuses of versions that gates have judged and that have their files."""


def candidates(registry: Registry, now: ModelState, cache: Path) -> list[Version]:
    """The versions that could become champion, most promising first.

    They are the versions judged by gates, the newest ones and the previous champion; not those that somebody rolled
    back, refused or vetoed. They are sorted by the leading figure of their stored scorecards, if that is comparable
    with the newest one's.
    """
    before = promotion.predecessors(now)[-1:]
    asked = [version for version in reversed(list(now.versions.values())) if version.status in JUDGED]
    chosen = asked[:REMEMBERED] + [version for version in asked[REMEMBERED:] if version.number in before]
    fit = [one for one in chosen if not _rejected_by_person(now, one) and not promotion.objections(registry, one)]
    figures = _figures(registry, fit, cache)
    return sorted(fit, key=lambda one: (-figures.get(one.number, float("-inf")), one.number not in before))


def offer(registry: Registry, now: ModelState, cache: Path) -> str:
    """The command that promotes the most promising version; empty if there is none."""
    found = candidates(registry, now, cache)
    return f"burnish promote {now.model}:{found[0].number}" if found else ""


def without_champion(registry: Registry, now: ModelState, cache: Path) -> str:
    """A message that the model has lost its champion, how, and what to do; empty if it has one or never had."""
    if not now.lost:
        return ""
    lost = next((made.reason for made in reversed(now.trail.present) if made.kind == "outside"), "")
    how = lost or f"v{now.trail.champion} was champion, but no longer exists"
    mend = offer(registry, now, cache) or "burnish retrain RECIPE"
    return f"{now.model}: has no champion ({how}); the best remaining version: {mend}"


def compared(run: Run, registry: Registry, scores: Scores, challenger: str) -> Scores:
    """The scores, with the best remaining version in the champion's place if there is no champion.

    Args:
        run: Of the recipe.
        registry: Knows the versions.
        scores: Without a champion.
        challenger: Its version, which is not compared with itself; empty: it has none yet.

    Raises:
        RegistryError: The store fails.
    """
    now, best, asked = registry.stand(run.model), scores, 0
    for version in candidates(registry, now, run.home.cache):
        if version.number == challenger or asked == MOST:
            continue
        try:
            found = score_version(run, registry, version.number)
        except BurnishError as error:
            if isinstance(error, RegistryError) and not isinstance(error, FilesGoneError):
                raise  # a temporary failure: the best version may be in this store
            continue  # its files are gone, or it no longer runs: it cannot become champion
        asked += 1
        alone = Scores(challenger=found, baselines=scores.baselines)
        if (
            found is not None
            and all(said.passed for said in judge(run.recipe, alone))
            and _better(found, best.champion)
        ):
            best = replace(scores, champion=found, stand_in=version.number)
    return best


def _rejected_by_person(now: ModelState, version: Version) -> bool:
    """Whether a person has decided against it."""
    last = now.trail.last(version.number)
    return last is not None and last.by_person and version.status != "approved"


def _figures(registry: Registry, versions: list[Version], cache: Path) -> dict[str, float]:
    """Version → its leading figure, higher is better; only of versions scored on the newest one's benchmark."""
    cards: dict[str, Scorecard] = {}
    for version in versions:
        if (card := _card(registry, version, cache)) is not None:
            cards[version.number] = card
    question = next((_benchmark_and_metric(card) for card in cards.values()), None)
    return {number: _leading(card) for number, card in cards.items() if _benchmark_and_metric(card) == question}


def _card(registry: Registry, version: Version, cache: Path) -> Scorecard | None:
    from burnish.evaluation.scorecard import Scorecard
    from pydantic import ValidationError

    try:
        card = Scorecard.model_validate(lineage.document(registry, version, "scorecard.json", cache))
    except (RegistryError, ValidationError):
        return None
    return card if card.results else None


def _benchmark_and_metric(card: Scorecard) -> tuple[str, str]:
    result = next(iter(card.results.values()))
    return result.digest, next(iter(result.scores))


def _leading(card: Scorecard) -> float:
    scores: MetricScores = next(iter(next(iter(card.results.values())).scores.values()))
    return scores.mean if scores.higher_is_better else -scores.mean


def _better(one: Scored, other: Scored | None) -> bool:
    return other is None or not other.card.results or _leading(one.card) > _leading(other.card)
