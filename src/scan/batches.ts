// Work cut to the size of one task, and answers put together again.

/** Not by spreading: a call takes no hundred thousand arguments. */
export function addAll<T>(into: T[], more: readonly T[]): void {
  for (const each of more) into.push(each);
}

export function batches<T>(all: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let at = 0; at < all.length; at += size) result.push(all.slice(at, at + size));
  return result;
}

/** Batches of so many or so much, or of one that is larger. */
export function batchesOf<T>(all: readonly T[], most: number, mostSize: number, sizeOf: (each: T) => number): T[][] {
  const result: T[][] = [];
  let batch: T[] = [];
  let size = 0;
  for (const each of all) {
    if (batch.length > 0 && (batch.length === most || size + sizeOf(each) > mostSize)) {
      result.push(batch);
      batch = [];
      size = 0;
    }
    batch.push(each);
    size += sizeOf(each);
  }
  if (batch.length > 0) result.push(batch);
  return result;
}
