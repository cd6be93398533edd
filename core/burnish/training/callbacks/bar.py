"""The training's bar on a terminal's standard error: part of the budget, figures, time elapsed and left."""

from __future__ import annotations

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from burnish.console.progress import screen, time_left


class TrainingBar:
    """One line that is redrawn."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("Training"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            time_left(),
            console=screen(),
        )
        self._task = self._progress.add_task("", total=1.0)
        self._progress.start()

    def show(self, fraction: float, words: str) -> None:
        """Draw the part of the budget that is used, in [0, 1], and figures."""
        self._progress.update(self._task, completed=fraction, description=words)

    def close(self) -> None:
        """Leave the line as it is."""
        self._progress.stop()
