"""The report: one HTML file over the published marts, in every language, without a network.

`document` puts it together, one module of `pages` computes each page, `theme` holds the colours.
"""
