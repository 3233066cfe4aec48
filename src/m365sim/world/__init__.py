"""The simulated tenant: people, chats, presence, apps and subscriptions. Knows nothing of HTTP.

Besides one file for each subject there are `records.py` (what is stored) and `world.py` (the whole).
"""
