// Doubled keys in JSON. `JSON.parse` keeps the last value of a key, other readers keep the first or merge both: what a registry
// reads cannot be known from the parsed value. So a manifest with a doubled key, at any depth, has no known shape.

/**
 * A quick look that spares most manifests {@link hasDoubledKey}: false only where `text` certainly has none. `colons`: how many
 * its parsed value shows, one a key and one a digest; a doubled key, which the parsed value lacks, is one more in the text.
 */
export function mayHaveDoubledKey(text: string, colons: number): boolean {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count += 1;
  return count !== colons;
}

/** True where an object in `text`, which is valid JSON, holds a key twice, however the key is escaped. */
export function hasDoubledKey(text: string): boolean {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        const keys = open.at(-1)!;
        const key: string = JSON.parse(text.slice(at, end + 1));
        if (keys.has(key)) return true;
        keys.add(key);
      }
      at = end;
    }
  }
  return false;
}

/** Position of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** True where a colon follows the string that ends at `end`. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r' || text[at] === '\n') at += 1;
  return text[at] === ':';
}
