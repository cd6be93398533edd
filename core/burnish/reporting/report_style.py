"""The report's looks: one style sheet, light and dark, legible in print and without colour."""

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbfa; --card: #ffffff; --ink: #1f2328; --faint: #5b636d; --line: #dfe2e6;
  --accent: #1f5fbf; --good: #1a6b3a; --good-soft: #e3f3e8; --bad: #a32020; --bad-soft: #fbe9e7; --stripe: #f4f5f6; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2024; --ink: #e6e8ea; --faint: #a3abb4;
  --line: #32383f; --accent: #7fb2ff; --good: #7bd69a; --good-soft: #16301f; --bad: #ff9a92; --bad-soft: #3a1c1a;
  --stripe: #20252a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 78rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .4rem 0; } .faint { color: var(--faint); } .small { font-size: .875rem; }
code { font: .9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.verdict { margin: 1.5rem 0; padding: 1rem 1.25rem; border-radius: .75rem; border: 1px solid var(--line);
  border-left-width: .4rem; background: var(--card); }
.verdict strong { font-size: 1.1rem; }
.verdict.pass { border-left-color: var(--good); background: var(--good-soft); }
.verdict.fail { border-left-color: var(--bad); background: var(--bad-soft); }
.pass .mark, .good { color: var(--good); } .fail .mark, .bad { color: var(--bad); }
.mark { font-weight: 700; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .9rem; margin: 1.25rem 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .9rem 1.1rem; }
.card .figure { font-size: 1.6rem; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -.01em; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .7rem .9rem; color: var(--faint); font-size: .875rem; }
th, td { padding: .45rem .9rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } td.left, th.left { text-align: left; white-space: normal; }
thead th { font-size: .8125rem; color: var(--faint); font-weight: 600; vertical-align: bottom; border-top: 0; }
tbody tr:nth-child(even) { background: var(--stripe); }
tbody th { font-weight: 500; } td.best { font-weight: 700; } td.best::after { content: " ★"; color: var(--accent); }
td.bar { width: 9rem; min-width: 7rem; padding-left: 0; } td.bar svg { display: block; width: 100%; height: .8rem; }
.strip { margin: 1.25rem 0 2rem; }
.panels { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(11rem, 1fr); gap: .75rem; overflow-x: auto; }
figure { margin: 0; } figure img { display: block; width: 100%; height: auto; border-radius: .4rem;
  margin-bottom: .4rem; border: 1px solid var(--line); }
figure img.detail { image-rendering: pixelated; aspect-ratio: 1; }
figcaption { font-size: .875rem; } figcaption b { display: block; overflow-wrap: anywhere; }
details { margin: .75rem 0; } summary { cursor: pointer; padding: .35rem 0; font-weight: 550; }
summary:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem;
  font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
footer { margin-top: 3rem; color: var(--faint); font-size: .875rem; }
@media print { body { background: #fff; } .scroll, .panels { overflow: visible; } details { break-inside: avoid; } }
"""
