// `regsweep why`: what keeps an image, a tag, a revision or a blob.

import { command } from '../../cli/command.js';
import { markWithoutData } from '../../cli/without-data.js';
import type { DigestId } from '../../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory } from '../../inventory/inventory.js';
import { EXIT, RegsweepError, usageError } from '../../model/errors.js';
import { checkReferences } from '../../plan/reference.js';
import type { Thing } from './verdict.js';

const SHORTEST = 6;

export const why = command({
  name: 'why',
  summary: 'Show what keeps an image, a tag, a revision or a blob, as chains up to tags',
  arguments: {
    thing: {
      takes: 'THING',
      required: true,
      describe: 'IMAGE:TAG, IMAGE@DIGEST, or a DIGEST, which may be shortened to a unique prefix',
    },
  },
  options: {},
  examples: [
    ['regsweep why sha256:0a1b2c3d4e5f', 'Show what uses this blob'],
    ['regsweep why team/app:1.2', 'Show what else refers to this image'],
  ],
  async run(options, session) {
    const [{ openSource }, { explaining }, { answered }, { whyDocument, whyLines }] = await Promise.all([
      import('../../cli/source.js'),
      import('./verdict.js'),
      import('../../cli/make-plan.js'),
      import('./view.js'),
    ]);
    checkReferences([options.thing]);
    const source = await openSource(session);
    const scan = await source.scan({});
    try {
      const { inventory } = scan;
      const nowMs = session.now();
      const thing = await meant(inventory, options.thing, nowMs);
      const digest = thing.id === undefined ? undefined : inventory.digests.text(thing.id);
      if (digest !== undefined) await markWithoutData(source.tree.v2, inventory, [digest]);
      const stored = thing.id !== undefined && inventory.blobs.state[thing.id] === BLOB_PRESENT;
      const explained = await answered(scan, explaining(inventory, thing, nowMs));
      const result = { root: source.tree.root, what: options.thing, digest, stored, ...explained };
      if (session.options.json) await session.stdout.pieces(whyDocument(result));
      else await session.stdout.lines(whyLines(result, session.style, session.options.verbose));
      return EXIT.ok;
    } finally {
      await scan.close();
    }
  },
});

/** What `thing` means. Throws `no-such-name`, and a usage error where it may mean several. */
async function meant(inventory: Inventory, thing: string, nowMs: number): Promise<Thing> {
  const short = /^(?:(sha256|sha384|sha512):)?([0-9a-f]+)$/.exec(thing);
  const isName = inventory.repositories.some(({ name }) => name === thing);
  if (short !== null && !isName) return { id: byDigest(inventory, thing, short[1], short[2]!) };
  const [{ requestOf }, { select }] = await Promise.all([
    import('../../plan/request.js'),
    import('../../plan/select.js'),
  ]);
  const { named } = select(inventory, requestOf({ command: 'rm', nowMs, references: [thing] }));
  const things: Thing[] = [];
  for (const [position, { whole, tags, digests }] of named) {
    if (whole)
      throw usageError(`'${thing}' is a whole repository.`, `Name a tag of it: \`regsweep ls ${thing}\` lists them.`);
    const { current } = inventory.repositories[position]!.tags;
    for (const tag of tags)
      things.push({ id: current[tag]! >= 0 ? (current[tag] as DigestId) : undefined, position, tag });
    for (const id of digests) things.push({ id, position });
  }
  const [first, ...others] = things;
  if (first === undefined) throw usageError(`'${thing}' means nothing here.`);
  if (others.length > 0) throw usageError(`'${thing}' means ${things.length} images.`, 'Name one of them.');
  return first;
}

function byDigest(inventory: Inventory, thing: string, algorithm: string | undefined, hex: string): DigestId {
  if (hex.length < SHORTEST)
    throw usageError(`'${thing}' is too short for a digest.`, `Give ${SHORTEST} characters or more.`);
  const found: DigestId[] = [];
  for (let id = 0; id < inventory.digests.size; id += 1) {
    const text = inventory.digests.text(id as DigestId);
    const [kind, encoded = ''] = text.split(':');
    if (encoded.startsWith(hex) && (algorithm === undefined || kind === algorithm)) found.push(id as DigestId);
  }
  const [first, ...others] = found;
  if (first === undefined) {
    throw new RegsweepError('no-such-name', EXIT.usage, `no such digest here: ${thing}.`, {
      hint: 'Neither a blob nor anything that names one begins so.',
    });
  }
  if (others.length > 0) {
    const all = found.slice(0, 5).map((id) => inventory.digests.text(id));
    throw usageError(`'${thing}' may be any of ${found.length}: ${all.join(', ')}.`, 'Give more of it.');
  }
  return first;
}
