export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e8eaed); --soft: light-dark(#5f6b76, #9aa5b1); --line: light-dark(#d5dbe1, #39424c);
  --ground: light-dark(#fff, #14181c); --files: light-dark(#e7f0fb, #1d3047); --gold: light-dark(#fbf1d6, #463a17); --link: light-dark(#0b57a4, #8ab8f0); }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 24px; }
a { color: var(--link); }
h1 { font-size: 28px; overflow-wrap: anywhere; } h2 { font-size: 19px; margin-top: 32px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; } .number { text-align: right; }
tr:target { background: var(--gold); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: 13px/1.5 ui-monospace, Menlo, monospace; } pre { overflow-x: auto; padding: 12px; border: 1px solid var(--line); border-radius: 8px; }
.mark { border: 1px solid var(--line); border-radius: 999px; padding: 0 8px; font-size: 12px; } .file, .sql { color: var(--soft); }
svg { width: 100%; height: auto; margin: 8px 0 24px; } svg rect { stroke: var(--line); } svg text { text-anchor: middle; font-size: 14px; fill: var(--ink); } svg text.fresh { font-size: 12px; fill: var(--soft); }
svg path { fill: none; stroke: var(--soft); stroke-width: 1.5; } .files rect { fill: var(--files); } .gold rect { fill: var(--gold); }
`
