/** A profile as one page that needs nothing else: no network, no other file. */
import { pageData } from './page/data.ts';
import { runPage } from './page/script.ts';
import { STYLE } from './page/style.ts';
import type { Profile } from './profile.ts';

/** Nothing may be loaded, whatever a symbol is called. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export const htmlFile = async (profile: Profile): Promise<string> => {
  // The end of the script element must not be found in it.
  const json = JSON.stringify(await pageData(profile)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<title>vmi86 profile</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Where guest time goes</h1>
<dl id="summary"></dl>
<h2>Call stacks</h2>
<div class="tools">
<label>Width <select id="measure"><option value="instructions">instructions</option><option value="time">host time</option></select></label>
<label>Find <input id="search" type="search" placeholder="function"></label>
<span class="key">Outermost functions on top. Click one to see it alone, and the top row for all.</span>
</div>
<div id="flame"></div>
<h2>Hottest regions</h2>
<div class="scroll"><table>
<thead><tr><th>region</th><th>address</th><th class="number">share</th><th class="number">instructions</th><th class="number">size</th><th class="number">WebAssembly</th><th class="number">executions</th><th>exits</th></tr></thead>
<tbody id="regions"></tbody>
</table></div>
<section id="region" hidden>
<h2 id="region-name"></h2>
<ul id="region-facts"></ul>
<p class="key">Left: ${profile.exact ? 'executions' : 'executions that samples stand for'}, address, bytes, assembly,
WebAssembly instructions made of it, and why the region ends there.
Right: executions, WebAssembly instructions in the line, text. Point at a line to see what belongs to it.</p>
<div class="sides"><div class="side" id="guest"></div><div class="side" id="wasm"></div></div>
</section>
<h2>Functions</h2>
<div class="scroll"><table>
<thead><tr><th>function</th><th class="number">share</th><th class="number">instructions</th><th class="number">seconds</th><th class="number">translated</th></tr></thead>
<tbody id="functions"></tbody>
</table></div>
<script type="application/json" id="data">${json}</script>
<script>(${runPage.toString()})()</script>
</body>
</html>
`;
};
