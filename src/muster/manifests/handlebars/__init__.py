"""Handlebars as the integration framework's own tests use it: strict, and checked against samples.

`parse_template` reads a template by the grammar of handlebars.js 4; `render_strictly` renders one and lists
every place where strict mode throws. The engine that answers requests
(`muster.payloads.response`) neither knows where in a template a fault is, nor takes the same texts for
templates, nor ends within a bound on hostile ones; to say of a template what handlebars.js says takes all
three.

Sources: https://handlebarsjs.com/guide/ and https://github.com/handlebars-lang/spec.
"""
