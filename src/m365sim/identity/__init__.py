"""The Microsoft identity platform: discovery, sign-in pages, tokens (facts.md 1).

`keys` and `tokens` make and check JWTs; `scopes` and `consent` decide what may be granted; `authorize`
and `pages` speak with a person's browser; `grants` and `clients` with the app's back end.
"""
