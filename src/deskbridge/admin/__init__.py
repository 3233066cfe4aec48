"""What admins and operators do across the domains: Users with their Identities, the Account's switches."""
