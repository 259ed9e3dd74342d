"""From a sample body to a proposed requestParser: `infer`.

It reads names as words (`names`), looks through the body (`survey`), finds what tells members that enter
from those that leave (`ways`), and rates what else could be what (`ratings`). Nothing is taken without
a reason that it can give.
"""
