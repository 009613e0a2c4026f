"""The look of the HTML report: light and dark, from a phone to a wide screen."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fff; --card: #f6f8fa; --line: #d0d7de; --text: #1f2328; --faint: #57606a;
  --accent: #0550ae; --note: #0550ae; --warning: #7d4e00; --error: #a40e26; --good: #116329;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --card: #161b22; --line: #3d444d; --text: #e6edf3; --faint: #9198a1;
    --accent: #79c0ff; --note: #79c0ff; --warning: #e3b341; --error: #ff9492; --good: #7ee787;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 64rem; background: var(--ground);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; margin: 0 0 .25rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; }
p { margin: .5rem 0; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.faint { color: var(--faint); font-size: .9rem; }
.note { color: var(--note); } .warning { color: var(--warning); } .error { color: var(--error); }
.good { color: var(--good); font-weight: 600; }
article {
  border: 1px solid var(--line); border-left-width: 4px; border-radius: 6px;
  padding: 1rem; margin: 0 0 1rem; background: var(--card);
}
article.note { border-left-color: var(--note); color: inherit; }
article.warning { border-left-color: var(--warning); color: inherit; }
article.error { border-left-color: var(--error); color: inherit; }
pre {
  margin: .35rem 0 .75rem; padding: .6rem .75rem; overflow-x: auto; background: var(--ground);
  border: 1px solid var(--line); border-radius: 4px; font-size: .85rem; line-height: 1.45;
  overflow-wrap: normal; tab-size: 4;
}
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { font-size: .875em; }
pre code { font-size: inherit; }
dl { margin: .75rem 0 0; }
dt { color: var(--faint); font-size: .9rem; }
dt code { color: var(--text); }
dd { margin: 0; }
summary { cursor: pointer; padding: .25rem 0; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td:first-child { min-width: 12rem; }
@media print { body { max-width: none; } pre { white-space: pre-wrap; } }
"""
