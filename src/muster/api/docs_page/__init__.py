"""`/docs`: the page to browse the OpenAPI document with, and to try the API out.

Swagger UI shows it. All of it comes from this server, so it works offline and under a Content-Security-Policy
that lets nothing else in.
"""
