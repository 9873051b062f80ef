// Run by the build: writes the help of the program and of each command beside main.js, made by the same definitions that
// parse the command line, so that asking for help need not load them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { COMMANDS, helpOf } from './program.js';

const folder = new URL('help/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('regsweep.txt', folder), await helpOf([]));
for (const { name } of COMMANDS) writeFileSync(new URL(`${name}.txt`, folder), await helpOf([name]));
