"""Records and queues: one database behind `transaction()`, and the feed whose events are published after commit."""
