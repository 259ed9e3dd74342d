"""The REST face: `/api/v2` in the shapes of LaunchDarkly's API v2, and the endpoint that partners
push to.
"""
