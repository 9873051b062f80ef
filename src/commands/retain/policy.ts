// A policy file: keep rules for several repository patterns, the first that matches wins. Read strictly; what is wrong is reported by
// line and key, for a rule that silently does not apply removes what it should have kept.

import type { Node, Pair, YAMLMap } from 'yaml';
import { durationMs } from '../../cli/durations.js';
import { readText } from '../../cli/input-file.js';
import { usageError } from '../../model/errors.js';
import type { KeepRules, RetainPolicy, TagOrder } from '../../plan/request.js';

type Reader = (value: unknown, where: Where) => unknown;
/** Where a value stands, for error messages: `policy.yml:7: keep.last`. */
interface Where {
  readonly text: string;
}

const count: Reader = (value, where) => {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw usageError(`${where.text} must be a whole number above 0.`);
};
const age: Reader = (value, where) => {
  if (typeof value !== 'string') throw usageError(`${where.text} must be an age such as 30d.`);
  try {
    return durationMs('x', value);
  } catch {
    throw usageError(
      `${where.text}: '${value}' is not a duration.`,
      'Use a number and a unit: 30m, 168h, 30d, 2w, 1y.',
    );
  }
};
const texts: Reader = (value, where) => {
  const list = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((entry) => typeof entry === 'string' && entry !== '')) return list;
  throw usageError(
    `${where.text} must be a text or a list of texts.`,
    "Names like 1.2 are numbers in YAML: write '1.2'.",
  );
};
const order: Reader = (value, where) => {
  if (value === 'pushed' || value === 'created' || value === 'name') return value;
  throw usageError(`${where.text} must be pushed, created or name.`);
};

/** Key in the file to key of the rules, and how it is read. */
const KEEP: Readonly<Record<string, readonly [keyof KeepRules, Reader]>> = {
  last: ['last', count],
  within: ['withinMs', age],
  semver: ['semver', count],
  'semver-minor': ['semverMinor', count],
  'semver-major': ['semverMajor', count],
  tags: ['tags', texts],
  daily: ['daily', count],
  weekly: ['weekly', count],
  monthly: ['monthly', count],
  yearly: ['yearly', count],
};
const POLICY: Readonly<Record<string, readonly [keyof RetainPolicy, Reader]>> = {
  repositories: ['repositories', texts],
  tags: ['tags', texts],
  exclude: ['exclude', texts],
  'older-than': ['olderThanMs', age],
  by: ['by', order],
};

/** The policies in `file`. Throws `usage` with line and key of what is wrong. */
export async function readPolicies(file: string, signal?: AbortSignal): Promise<readonly RetainPolicy[]> {
  const text = await readText('policy', file, signal);
  const { LineCounter, isMap, isPair, isScalar, isSeq, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (node: unknown, key: string): Where => {
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    return { text: `${file}:${lines.linePos(offset).line}: ${key}` };
  };
  const [fault] = document.errors;
  if (fault !== undefined) throw usageError(`${file}:${lines.linePos(fault.pos[0]).line}: ${fault.message}`);

  const pairsOf = (node: unknown, key: string): readonly (readonly [string, Pair])[] => {
    if (!isMap(node)) throw usageError(`${at(node, key).text} must hold \`key: value\` lines.`);
    return (node as YAMLMap).items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]);
  };
  const read = (
    node: unknown,
    key: string,
    known: Readonly<Record<string, readonly [string, Reader]>>,
    others: (name: string, pair: Pair) => unknown = () => undefined,
  ): Record<string, unknown> => {
    const found: Record<string, unknown> = {};
    for (const [name, pair] of pairsOf(node, key)) {
      const where = at(pair.key, `${key}${key === '' ? '' : '.'}${name}`);
      const rule = Object.hasOwn(known, name) ? known[name] : undefined;
      if (rule !== undefined) {
        const value = (pair.value as Node | null)?.toJS(document) as unknown;
        found[rule[0]] = rule[1](value, where);
        continue;
      }
      const other = others(name, pair);
      if (other === undefined) {
        throw usageError(`${where.text} is not known here.`, `Known: ${Object.keys(known).join(', ')}.`);
      }
      found[name] = other;
    }
    return found;
  };

  const [first, ...more] = isMap(document.contents) ? document.contents.items : [];
  const list = isPair(first) && isScalar(first.key) && first.key.value === 'policies' ? first.value : undefined;
  if (more.length > 0 || !isSeq(list) || list.items.length === 0) {
    throw usageError(`${file}:1: policies must be the one key, with a list below it.`);
  }
  return list.items.map((item, index): RetainPolicy => {
    const key = `policies[${index}]`;
    const policy = read(item, key, POLICY, (name, pair) =>
      name === 'keep' ? read(pair.value, `${key}.keep`, KEEP) : undefined,
    ) as Partial<RetainPolicy> & { readonly by?: TagOrder };
    if (policy.keep === undefined || Object.keys(policy.keep).length === 0) {
      throw usageError(`${at(item, key).text} has no keep rule: it would remove every tag.`);
    }
    return { repositories: [], tags: [], exclude: [], ...policy, keep: policy.keep };
  });
}
