"""Everything Microsoft: connections, Graph, subscriptions, notifications, the outbox. Its words live here only."""
