"""The sub-commands of ``burnish`` that come with the host: one module each, imported when called."""
