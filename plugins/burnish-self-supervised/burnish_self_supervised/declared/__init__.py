"""What the plugin declares: networks and learners; never imports torch."""
