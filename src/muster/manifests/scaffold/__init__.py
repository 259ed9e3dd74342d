"""A new integration's folder, from a handful of answers.

`answers` says what is asked, which answers are taken and what is proposed; `files` makes the folder of
them: a manifest that keeps the rules, two placeholder logos, a README for users and a sample body.
"""
