"""Conversations, Messages and Deliveries; `service` is the only writer."""
