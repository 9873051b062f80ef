// How many generated trees, and which. Other ones every time, unless REGSWEEP_SEED says which: CI does, so that what it says of a
// change is of that change. REGSWEEP_TREES=10 looks at ten times as many.

import fc from 'fast-check';

export const MANY = Number(process.env['REGSWEEP_TREES'] ?? 1);

const seed = process.env['REGSWEEP_SEED'];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
