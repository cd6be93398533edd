"""Checkpoints of other projects as restorers of burnish, through spandrel."""
