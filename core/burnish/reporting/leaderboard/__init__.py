"""The leaderboard: every installed restorer that needs no training, on every benchmark with available pictures."""

from burnish.reporting.leaderboard.board import Board, Row, markdown
from burnish.reporting.leaderboard.contenders import Contender, contenders
from burnish.reporting.leaderboard.running import pictures_of, run

__all__ = ["Board", "Contender", "Row", "contenders", "markdown", "pictures_of", "run"]
