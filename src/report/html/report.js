// The little that moves in a report: the search in its tables, a screenful of rows at a time, and the keys over its map. Without
// it the page is complete, only still.

const GROUPS_AT_ONCE = 25,
  ROWS_AT_ONCE = 100,
  FEW = 8;
const tables = new Map();
for (const box of document.querySelectorAll('.filter')) {
  const table = document.getElementById(box.dataset.of);
  const input = box.querySelector('input');
  const told = box.querySelector('output');
  const further = document.querySelector(`.further[data-of="${box.dataset.of}"]`);
  const titles = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const grouped = table.querySelector('th[scope=rowgroup]') !== null;
  const atOnce = grouped ? GROUPS_AT_ONCE : ROWS_AT_ONCE;
  const units = [];
  let count = 0;
  for (const body of table.tBodies) {
    const head = grouped ? body.rows[0] : undefined;
    const name = head ? head.textContent.toLowerCase() : '';
    const rows = [...body.rows].filter((row) => row !== head);
    count += rows.length;
    for (const row of rows) {
      if (row.cells.length === titles.length)
        [...row.cells].forEach((cell, at) => {
          cell.dataset.label = titles[at];
        });
    }
    if (grouped) units.push({ element: body, name, rows });
    else for (const row of rows) units.push({ element: row, name: '', rows: [row] });
  }
  let limit = atOnce;
  const show = () => {
    const words = input.value
      .toLowerCase()
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => word.replace(/^((?:[a-z0-9]+:)?[0-9a-f]{12})[0-9a-f]{20,}$/, '$1'));
    let rowsFound = 0,
      unitsFound = 0,
      unitsShown = 0;
    for (const { element, name, rows } of units) {
      let any = rows.length === 0 && words.every((word) => name.includes(word));
      for (const row of rows) {
        row.words ??= `${name} ${row.textContent.toLowerCase()}`;
        const found = words.every((word) => row.words.includes(word));
        row.classList.toggle('out', !found);
        if (found) {
          any = true;
          rowsFound += 1;
        }
      }
      if (any) unitsFound += 1;
      const later = any && unitsFound > limit;
      if (any && !later) unitsShown += 1;
      element.classList.toggle('later', later);
      if (grouped) element.classList.toggle('out', !any);
    }
    told.textContent =
      words.length === 0 ? '' : rowsFound === 0 ? 'nothing found' : rowsFound + (rowsFound === 1 ? ' row' : ' rows');
    further.hidden = unitsShown === unitsFound;
    if (further.hidden) return;
    const what = grouped ? ' groups' : ' rows';
    further.replaceChildren(`${unitsShown} of ${unitsFound.toLocaleString('en')}${what} shown. `);
    for (const [label, next] of [
      [`Show ${Math.min(4 * atOnce, unitsFound - unitsShown)} more`, limit + 4 * atOnce],
      ['Show all', Infinity],
    ]) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.addEventListener('click', () => {
        const first = units.find(({ element }) => element.classList.contains('later'));
        limit = next;
        show();
        if (first) {
          const cell = first.element.querySelector('th,td');
          cell.tabIndex = -1;
          cell.focus({ preventScroll: true });
        }
      });
      further.append(button, ' ');
    }
  };
  const search = (text) => {
    input.value = text;
    limit = atOnce;
    show();
  };
  if (count >= FEW) {
    box.hidden = false;
    tables.set(table, {
      search,
      input,
      text: () => units.map(({ name, rows }) => `${name} ${rows.map((row) => row.textContent).join(' ')}`).join(' '),
    });
  }
  input.addEventListener('input', () => {
    limit = atOnce;
    show();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && input.value !== '') {
      event.preventDefault();
      search('');
    }
  });
  show();
}
document.documentElement.classList.add('live');

const pointed = document.getElementById('pointed');
const FIELD = 'svg.map g[aria-label]';
const point = (node) => {
  pointed.textContent = node.getAttribute('aria-label');
  const ring = node.closest('svg').querySelector('.ring');
  const box = node.querySelector('rect');
  for (const side of ['x', 'y', 'width', 'height']) ring.setAttribute(side, box.getAttribute(side));
};
const go = (node) => {
  if (!node) return;
  for (const other of node.closest('svg').querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
  node.setAttribute('tabindex', '0');
  node.focus();
};
const beside = (node, step) => {
  let found = node[step];
  while (found && !found.matches(FIELD)) found = found[step];
  return found;
};
const look = (node) => {
  const name = node.dataset.find;
  if (name === undefined) return;
  for (const [table, { search, input, text }] of tables) {
    if (!text().toLowerCase().includes(name.toLowerCase())) continue;
    search(name);
    input.focus({ preventScroll: true });
    table.closest('section').scrollIntoView();
    return;
  }
};
// Not on the svg itself: what listens for the focus there would be a stop of Tab.
for (const maps of document.querySelectorAll('.maps')) {
  document.querySelector('.keys').hidden = false;
  const on = (type, act) =>
    maps.addEventListener(type, (event) => {
      const node = event.target.closest(FIELD);
      if (node) act(node, event);
    });
  on('mouseover', point);
  on('focusin', point);
  on('click', go);
  on('dblclick', look);
  on('keydown', (node, event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moves = {
      ArrowRight: () => go(beside(node, 'nextElementSibling')),
      ArrowLeft: () => go(beside(node, 'previousElementSibling')),
      ArrowDown: () => go(node.querySelector('g[aria-label]')),
      ArrowUp: () => go(node.parentElement.closest(FIELD)),
      Enter: () => look(node),
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    moves[event.key]();
  });
}
