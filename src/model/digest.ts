// A digest is the one word everything else hangs on. It is parsed once, at the edge, into a branded string; a string that
// is no digest never becomes one, so a path cannot be built from an empty or garbled link (the worst bug of delete_docker_registry_image).

declare const brand: unique symbol;

/** A parsed digest, `algorithm:encoded`, exactly as the registry writes it. */
export type Digest = string & { readonly [brand]: 'Digest' };

/** Encoded length in characters of the algorithms that a registry stores; go-digest's three, and image-spec's blake3. */
const ENCODED_LENGTH: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128, blake3: 64 };

const LOWER_HEX = /^[0-9a-f]+$/;
const SHA256 = 'sha256:';
/** Registries 2.0 to 2.2 linked layers by tarsum as well: `tarsum.v1+sha256:<hex>`. */
const TARSUM = /^tarsum(?:\.[a-z0-9]+)?\+sha256:[0-9a-f]{64}$/;

/**
 * The digest that `text` is, or undefined. Strict as go-digest's anchored expressions: no white space, lower-case hex, the
 * algorithm's own length. Tarsum strings pass too: old trees link layers by them (docs/storage.md).
 */
export function parseDigest(text: string): Digest | undefined {
  // Nearly all are these, and a scan of a large registry sees millions.
  if (text.length === 71 && text.startsWith(SHA256)) return isLowerHex(text, 7) ? (text as Digest) : undefined;
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  const length = ENCODED_LENGTH[text.slice(0, colon)];
  if (length === undefined) return TARSUM.test(text) ? (text as Digest) : undefined;
  const encoded = text.slice(colon + 1);
  return encoded.length === length && LOWER_HEX.test(encoded) ? (text as Digest) : undefined;
}

function isLowerHex(text: string, from: number): boolean {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 102 || (code > 57 && code < 97)) return false;
  }
  return true;
}

/** The digest of algorithm `algorithm` and encoded part `encoded`, or undefined: what a folder's path spells. */
export function digestOf(algorithm: string, encoded: string): Digest | undefined {
  return parseDigest(`${algorithm}:${encoded}`);
}

export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}

export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** True for sha256, the one algorithm whose links hold their folder's own digest (docs/storage.md). */
export function isSha256(digest: Digest): boolean {
  return digest.length === 71 && digest.startsWith(SHA256);
}

/** `sha256:0123456789ab`: enough to tell digests apart on a screen. */
export function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}
