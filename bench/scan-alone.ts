// One scan of the tree at the root given, alone: from its first thread to the inventory, without a program's start, a plan or a report.
// Prints how many ms it took. Run by `npm run bench`.

import { scan } from '../src/scan/scan.js';
import { openTree } from '../src/scan/tree.js';

const tree = openTree(process.argv[2] ?? '.');
const begun = performance.now();
const { close } = await scan(tree, {});
process.stdout.write(`${performance.now() - begun}\n`);
await close();
