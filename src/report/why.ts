// What keeps a thing, as chains on the screen and as JSON; for what nothing keeps, the command that deletes it.

import type { Chain, Link } from '../inspect/why.js';
import { FORMAT } from './json.js';
import { type Style, wrapped } from './table.js';
import { counted, printable, shellWord, shortDigest } from './text.js';

export interface WhyResult {
  readonly root: string;
  /** As asked for. */
  readonly what: string;
  readonly digest: string;
  /** False where neither a blob nor a link of that digest is there. */
  readonly stored: boolean;
  readonly chains: readonly Chain[];
}

/** Chains that are shown without `verbose`. */
const FEW = 10;

export function* whyLines(
  { what, digest, stored, chains }: WhyResult,
  style: Style,
  verbose: boolean,
): Generator<string> {
  const name = what === digest ? digest : `${printable(what)} (${shortDigest(digest)})`;
  if (chains.length === 0) {
    yield stored ? `Nothing keeps ${name}.` : `${name} is named by nothing and stored nowhere.`;
    if (stored) yield '  deleted by  regsweep gc';
    return;
  }
  const tags = chains.filter(({ root }) => root.kind === 'tag').length;
  yield style.bold(`${name} is kept by ${tags > 0 ? counted(tags, 'tag') : 'no tag'}.`);
  for (const chain of verbose ? chains : chains.slice(0, FEW)) {
    yield wrapped(
      `  ${shortDigest(digest)}${chain.links.map(linkText).join('')}${rootText(chain)}`,
      style.width,
      '      ',
    );
    const command = commandFor(chain);
    if (command !== undefined && tags === 0) yield `      deleted by  ${command}`;
  }
  if (!verbose && chains.length > FEW) yield style.dim(`  … and ${chains.length - FEW} more; -v shows all`);
}

function linkText({ as, digest }: Link): string {
  const by = digest === undefined ? '' : ` ${shortDigest(digest)}`;
  switch (as) {
    case 'config':
      return ` <- config of${by}`;
    case 'layer':
      return ` <- layer of${by}`;
    case 'manifest':
      return ` <- listed by index${by}`;
    case 'blob':
      return ` <- named by${by}`;
    case 'referrer':
      return ` <- describes${by}`;
    case 'signature':
      return ` <- signature of${by}`;
    default:
      return '';
  }
}

function rootText({ repository, root }: Chain): string {
  const name = printable(repository);
  switch (root.kind) {
    case 'tag':
      return ` <- ${name}:${printable(root.tag)}`;
    case 'untagged':
      return ` <- ${name}, untagged`;
    case 'layerLink':
      return ` <- linked in ${name}, named by no image there`;
    case 'doubt':
      return ` <- ${name}: ${shortDigest(root.digest)} can not be read, so everything there stays`;
  }
}

/** What would delete it, if this chain were the only one. */
export function commandFor({ repository, root }: Chain): string | undefined {
  const name = shellWord(repository);
  if (root.kind === 'untagged') return `regsweep gc ${name} --untagged`;
  if (root.kind === 'layerLink') return `regsweep gc ${name}`;
  if (root.kind === 'doubt') return `regsweep rm ${name}@${root.digest}`;
  return undefined;
}

export function* whyDocument({ root, what, digest, stored, chains }: WhyResult): Generator<string> {
  const entries = chains.map((chain) => ({ ...chain, deletedBy: commandFor(chain) }));
  const deletedBy = stored && chains.length === 0 ? 'regsweep gc' : undefined;
  yield `${JSON.stringify({ format: FORMAT, command: 'why', root, what, digest, stored, chains: entries, deletedBy }, undefined, 2)}\n`;
}
