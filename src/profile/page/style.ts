/** The looks of a profile's page, in light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2024, #e4e7ea);
  --quiet: light-dark(#5c646d, #9aa4ae);
  --ground: light-dark(#ffffff, #15181b);
  --panel: light-dark(#f2f4f6, #20252a);
  --edge: light-dark(#d5dae0, #394149);
  --link: light-dark(#0b57b5, #7db5ff);
  --marked: light-dark(#fff0b8, #4b431d);
  --heat-colour: light-dark(#f6b98f, #7c3d1d);
  --flame: 75% 68%;
}
@media (prefers-color-scheme: dark) { :root { --flame: 45% 33%; } }
body { margin: 0 auto; padding: 1rem 1.5rem 4rem; max-width: 110rem; background: var(--ground); color: var(--text);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; }
dt { color: var(--quiet); font-size: .85em; } dd { margin: 0; font-weight: 600; }
.tools { display: flex; gap: 1rem; margin-bottom: .5rem; }
input, select { font: inherit; padding: .15rem .4rem; background: var(--panel); color: inherit; border: 1px solid var(--edge); }
#flame { position: relative; overflow: hidden; }
.bar { position: absolute; height: 19px; box-sizing: border-box; padding: 0 3px; overflow: hidden; white-space: nowrap;
  text-align: left; font: 12px/19px system-ui, sans-serif; color: var(--text); border: 0; border-right: 1px solid var(--ground);
  cursor: pointer; }
.bar.found { outline: 2px solid var(--link); outline-offset: -2px; }
.bar:hover { filter: brightness(1.1); }
.scroll { overflow-x: auto; max-height: 32rem; overflow-y: auto; border: 1px solid var(--edge); }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .15rem .6rem; text-align: left; border-bottom: 1px solid var(--edge); white-space: nowrap; }
th { position: sticky; top: 0; background: var(--panel); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.link { font: inherit; color: var(--link); background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline; }
#region-facts { margin: 0 0 .5rem; padding-left: 1.2rem; color: var(--quiet); }
.sides { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 1rem; }
.side { border: 1px solid var(--edge); overflow: auto; max-height: 75vh; font: 12px/1.5 ui-monospace, monospace; }
.line { display: flex; gap: .8rem; padding: 0 .5rem; white-space: pre; width: max-content; min-width: calc(100% - 1rem); }
.line.marked { background: var(--marked); }
.count { min-width: 9ch; text-align: right; flex: none; }
#guest .count { background: linear-gradient(to left, var(--heat-colour) var(--heat, 0%), transparent var(--heat, 0%)); }
.address, .bytes, .made, .note { color: var(--quiet); } .bytes { min-width: 20ch; } #guest .text { min-width: 34ch; }
.made { min-width: 4ch; text-align: right; } .note { font-style: italic; }
.key { color: var(--quiet); }
@media (max-width: 60rem) { .sides { grid-template-columns: 1fr; } }
`;
