/**
 * The script of a profile's page. It runs in the browser as the text of one function, so it may use nothing from
 * outside itself.
 */
import type { PageData, PageInstruction, PageRegion } from './data.ts';

export function runPage(): void {
  const byId = (id: string): HTMLElement => document.getElementById(id)!;
  const data: PageData = JSON.parse(byId('data').textContent!);
  const make = (tag: string, className = '', text = ''): HTMLElement => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  const percent = (part: number): string => `${(part * 100).toFixed(part < 0.1 ? 2 : 1)}%`;
  const count = (n: number): string => n.toLocaleString('en');

  // ---- summary ----------------------------------------------------------------------------------------------

  for (const [what, value] of data.summary) {
    const entry = make('div');
    entry.append(make('dt', '', what), make('dd', '', value));
    byId('summary').append(entry);
  }

  // ---- flame graph ------------------------------------------------------------------------------------------

  interface Node {
    readonly name: string;
    readonly module: string;
    readonly children: Node[];
    readonly parent: Node | undefined;
    /** Instructions and seconds, with all that is called. */
    readonly totals: [number, number];
  }
  const ROW = 20;
  const SMALLEST = 0.001;
  const root: Node = { name: 'all', module: '', children: [], parent: undefined, totals: [0, 0] };
  const nodes: Node[] = [];
  for (const [parent, name, module, ...own] of data.stacks) {
    const above = parent < 0 ? root : nodes[parent]!;
    const node: Node = {
      name: data.names[name]!,
      module: data.modules[module]!,
      children: [],
      parent: above,
      totals: [0, 0],
    };
    above.children.push(node);
    nodes.push(node);
    for (let at: Node | undefined = node; at; at = at.parent) {
      at.totals[0] += own[0];
      at.totals[1] += own[1];
    }
  }
  let measure: 0 | 1 = 0;
  let zoom = root;
  let wanted = '';

  const hue = (text: string): number => {
    let hash = 0;
    for (const letter of text) hash = (hash * 31 + letter.codePointAt(0)!) % 3600;
    return hash / 10;
  };
  const colour = (node: Node): string => {
    if (!node.parent) return 'var(--panel)';
    // The kernel is warm; each program has a colour of its own among the cold ones.
    const kernel = node.module === 'kernel';
    const base = kernel ? (hue(node.name) % 50) + 5 : 120 + (hue(node.module) % 160);
    return `hsl(${base} var(--flame))`;
  };
  const valueText = (node: Node): string =>
    measure === 0 ? `${count(node.totals[0])} instructions` : `${node.totals[1].toFixed(3)} s`;

  const drawFlame = (): void => {
    const flame = byId('flame');
    flame.replaceChildren();
    let deepest = 0;
    const put = (node: Node, left: number, width: number, depth: number): void => {
      const bar = make('button', 'bar', node.name);
      const part = node.totals[measure] / (root.totals[measure] || 1);
      bar.title = `${node.name}\n${percent(part)}, ${valueText(node)}`;
      bar.style.cssText = `left:${left * 100}%;width:${width * 100}%;top:${depth * ROW}px;background:${colour(node)}`;
      if (wanted && node.name.toLowerCase().includes(wanted)) bar.classList.add('found');
      bar.onclick = () => {
        zoom = node;
        drawFlame();
      };
      flame.append(bar);
      deepest = Math.max(deepest, depth);
    };
    const above: Node[] = [];
    for (let at: Node | undefined = zoom.parent; at; at = at.parent) above.unshift(at);
    above.forEach((node, depth) => {
      put(node, 0, 1, depth);
    });
    const below = (node: Node, left: number, depth: number): void => {
      const width = node.totals[measure] / (zoom.totals[measure] || 1);
      if (width < SMALLEST && node !== zoom) return;
      put(node, left, Math.min(1, width), depth);
      let at = left;
      for (const child of [...node.children].sort((a, b) => b.totals[measure] - a.totals[measure])) {
        below(child, at, depth + 1);
        at += child.totals[measure] / (zoom.totals[measure] || 1);
      }
    };
    below(zoom, 0, above.length);
    flame.style.height = `${(deepest + 1) * ROW}px`;
  };
  const search = byId('search') as HTMLInputElement;
  search.oninput = () => {
    wanted = search.value.trim().toLowerCase();
    drawFlame();
  };
  const measures = byId('measure') as HTMLSelectElement;
  measures.onchange = () => {
    measure = measures.value === 'time' ? 1 : 0;
    drawFlame();
  };
  drawFlame();

  // ---- tables -----------------------------------------------------------------------------------------------

  const row = (cells: readonly (string | number)[]): HTMLElement => {
    const made = make('tr');
    for (const cell of cells) made.append(make('td', /^[\d.,]+%?$/.test(`${cell}`) ? 'number' : '', `${cell}`));
    return made;
  };
  for (const [name, share, instructions, seconds, translated] of data.functions)
    byId('functions').append(row([name, percent(share), count(instructions), seconds.toFixed(3), percent(translated)]));

  const exitsText = (exits: PageRegion['exits']): string =>
    Object.entries(exits)
      .sort((a, b) => b[1] - a[1])
      .map(([reason, n]) => `${reason} ${count(n)}`)
      .join(', ');
  data.regions.forEach((region, n) => {
    const { name, address, share, instructions, size, executions } = region;
    const line = row([
      '',
      `0x${address}`,
      percent(share),
      count(instructions),
      size,
      region.wasmInstructions,
      executions === undefined ? '' : count(executions),
      exitsText(region.exits),
    ]);
    const opener = make('button', 'link', name);
    opener.dataset['region'] = `${n}`;
    opener.onclick = () => openRegion(region);
    line.firstElementChild!.append(opener);
    byId('regions').append(line);
  });

  // ---- one region -------------------------------------------------------------------------------------------

  /** A guest instruction, and what there is to say about it. */
  const instructionLines = (instruction: PageInstruction, n: number, hottest: number): HTMLElement[] => {
    const line = make('div', 'line');
    line.style.setProperty('--heat', `${Math.round((100 * instruction.count) / (hottest || 1))}%`);
    line.append(
      make('span', 'count', count(instruction.count)),
      make('span', 'address', instruction.address),
      make('span', 'bytes', instruction.bytes),
      make('span', 'text', instruction.text),
      make('span', 'made', `${instruction.wasm}`),
    );
    const notes = instruction.notes.map((text) => {
      const note = make('div', 'line');
      note.append(make('span', 'count'), make('span', 'note', text));
      return note;
    });
    for (const one of [line, ...notes]) one.dataset['code'] = `${n}`;
    return [line, ...notes];
  };

  const openRegion = (region: PageRegion): void => {
    const panel = byId('region');
    panel.hidden = false;
    byId('region-name').textContent = region.name;
    const facts = [
      `${region.size} guest instructions at ${region.address}`,
      `${count(region.wasmInstructions)} of WebAssembly, a module of ${count(region.wasmBytes)} bytes`,
      region.translations > 1 ? `translated ${region.translations} times` : '',
      region.executions === undefined
        ? ''
        : `entered ${count(region.executions)} times, left: ${exitsText(region.exits)}`,
      region.calls.length ? `calls ${region.calls.join(', ')}` : 'calls nothing of the runtime',
      region.bound.length
        ? `bound host functions: ${region.bound.map(({ name, how }) => `${name} (${how})`).join(', ')}`
        : 'no bound host functions',
    ];
    byId('region-facts').replaceChildren(...facts.filter(Boolean).map((fact) => make('li', '', fact)));

    const hottest = Math.max(0, ...region.code.map((instruction) => instruction.count));
    byId('guest').replaceChildren(
      ...region.code.flatMap((instruction, n) => instructionLines(instruction, n, hottest)),
    );
    byId('wasm').replaceChildren(
      ...region.wasm.map(([code, text, instructions]) => {
        const line = make('div', 'line');
        line.dataset['code'] = `${code}`;
        const executed = region.code[code]?.count ?? region.executions;
        line.append(make('span', 'count', executed === undefined ? '' : count(executed)));
        line.append(make('span', 'made', `${instructions}`), make('span', 'text', text));
        return line;
      }),
    );
    panel.scrollIntoView({ block: 'start' });
  };

  /** Lines of one guest instruction are marked on both sides. */
  const mark = (code: string | undefined): void => {
    for (const line of document.querySelectorAll<HTMLElement>('#region .line'))
      line.classList.toggle('marked', code !== undefined && line.dataset['code'] === code);
  };
  for (const side of ['guest', 'wasm']) {
    byId(side).onmouseover = (event) => {
      mark((event.target as HTMLElement).closest<HTMLElement>('.line')?.dataset['code']);
    };
    byId(side).onclick = (event) => {
      const code = (event.target as HTMLElement).closest<HTMLElement>('.line')?.dataset['code'];
      const other = byId(side === 'guest' ? 'wasm' : 'guest');
      other.querySelector(`[data-code="${code}"]`)?.scrollIntoView({ block: 'nearest' });
    };
  }
}
