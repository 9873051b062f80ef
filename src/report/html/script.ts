// The little that moves in a report: the filter over its tables, and the arrow keys over its map. Without it the page is
// complete, only still.

export const SCRIPT = `
'use strict';
for (const box of document.querySelectorAll('.filter')) {
  const table = document.getElementById(box.dataset.of);
  const input = box.querySelector('input');
  const told = box.querySelector('output');
  box.hidden = false;
  const filter = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const body of table.tBodies) {
      const head = body.querySelector('th[scope=rowgroup]');
      const name = head ? head.textContent.toLowerCase() : '';
      let any = 0;
      for (const row of body.rows) {
        if (head && row.contains(head)) continue;
        const text = name + ' ' + row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) any += 1;
      }
      if (head) body.hidden = any === 0;
      shown += any;
    }
    told.textContent = words.length ? shown + (shown === 1 ? ' row' : ' rows') : '';
  };
  input.addEventListener('input', filter);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { input.value = ''; filter(); }
  });
}
const pointed = document.getElementById('pointed');
for (const map of document.querySelectorAll('svg.map')) {
  const nodes = [...map.querySelectorAll('g[aria-label]')];
  const tell = (event) => {
    const node = event.target.closest('g[aria-label]');
    if (node) pointed.textContent = node.getAttribute('aria-label');
  };
  map.addEventListener('mouseover', tell);
  map.addEventListener('focusin', tell);
  map.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = nodes.indexOf(document.activeElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    (nodes[at + step] ?? nodes[at]).focus();
  });
}
`;
