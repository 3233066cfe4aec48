"""Microsoft Graph over HTTP.

`operations` lists what exists (a path, a handler, the permissions, the throttling row, the source);
`router` finds it; `gate` is the ASGI side: token, permission, license, throttle, headers, errors. Each subject
(`users`, `chats`, `messages` …) takes a `Call` and gives an `Answer`; `render` turns the world into Graph's JSON.
"""
