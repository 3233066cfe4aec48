"""Change notifications: who is told what, encrypted how, delivered when (facts.md 7.3 to 7.6).

`resources` knows what can be watched; `fanout` turns a change into pending notifications; `courier` delivers
them, in batches, with retries; `lifecycle` warns before tokens and subscriptions lapse.
"""
