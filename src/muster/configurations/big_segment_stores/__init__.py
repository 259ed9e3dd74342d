"""Big segment stores: the Redis and DynamoDB that are to be filled with an environment's segments, from
which SDKs read them.
"""
