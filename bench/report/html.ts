/** A report as one file of HTML that needs nothing else: tables, and charts as SVG. */
import type { EChartsCoreOption } from 'echarts';
import type { Chart, Report, Section } from './report.ts';

const WIDTH = 960;
/** Height of a bar, and the room between two groups of bars. */
const BAR = 9;
/** What a chart needs above and below its bars, and a letter beside them, in pixels. */
const TOP = 40;
const BOTTOM = 55;
const LETTER = 7;
const LETTERS_MARGIN = 20;

/** Hues that are told apart on white and on black, and by those who see few colours (after P. Tol's bright scheme). */
const COLOURS = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377'];
const LINES = 'rgba(128, 128, 128, 0.4)';

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #ccc }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #161616; --line: #444 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: ${WIDTH}px; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
.scroll { overflow-x: auto }
svg { max-width: 100%; height: auto }
svg text { fill: var(--ink) !important; stroke: none !important }
`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);

function option({ categories, series, unit, logarithmic }: Chart): EChartsCoreOption {
  // Without a screen the library cannot measure text.
  const labels = Math.max(...categories.map(({ length }) => length));
  return {
    animation: false,
    color: COLOURS,
    legend: { top: 0 },
    grid: { left: labels * LETTER + LETTERS_MARGIN, right: 30, top: TOP, bottom: BOTTOM },
    // Categories run downwards, in the order of the table.
    yAxis: { type: 'category', data: categories, inverse: true, axisLine: { lineStyle: { color: LINES } } },
    xAxis: {
      type: logarithmic ? 'log' : 'value',
      name: unit,
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { lineStyle: { color: LINES } },
    },
    series: series.map(({ name, values }) => ({ type: 'bar', name, data: values.map((value) => value ?? null) })),
  };
}

async function drawing(chart: Chart): Promise<string> {
  const { init } = await import('echarts');
  const height = TOP + BOTTOM + chart.categories.length * (chart.series.length * BAR + BAR);
  const drawn = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  drawn.setOption(option(chart));
  const svg = drawn.renderToSVGString();
  drawn.dispose();
  return svg;
}

function table({ head, rows }: Section): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${line(head, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody></table>`;
}

const drawable = ({ categories, series }: Chart) =>
  categories.length > 0 && series.some(({ values }) => values.some((value) => value !== undefined));

async function section(one: Section): Promise<string> {
  const chart = one.chart && drawable(one.chart) ? await drawing(one.chart) : '';
  return `<section><h2>${escaped(one.title)}</h2>\n${chart}\n<div class="scroll">${table(one)}</div></section>`;
}

/** `facts` are what the figures depend on, by name. */
export async function htmlReport(report: Report, facts: { [name: string]: string | number }): Promise<string> {
  const sections: string[] = [];
  for (const one of report.sections) sections.push(await section(one));
  const remarks = report.remarks.map((remark) => `<li>${escaped(remark)}</li>`).join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(report.title)}</title>
<style>${STYLE}</style>
<h1>${escaped(report.title)}</h1>
<p>${Object.entries(facts)
    .map(([name, value]) => escaped(`${name}: ${value}`))
    .join(' · ')}</p>
${sections.join('\n')}
${remarks && `<section><h2>Missing or wrong</h2><ul>${remarks}</ul></section>`}
</html>
`;
}
