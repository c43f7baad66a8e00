"""What was read, kept for ever: content-addressed parts, the manifest that names them, and the step that takes a snapshot."""
