// Object stores by their mounts, as /proc/self/mountinfo shows them: a change is refused, whichever part of the tree lies there.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { objectStoreOf, refuseObjectStore } from '../../src/execute/object-store.js';
import { Reader } from '../../src/execute/reader.js';
import { openTree } from '../../src/scan/tree.js';
import { World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

/** Shows one more mount than there is. */
class MountedReader extends Reader {
  readonly #line: string;

  constructor(point: string, type: string, source: string) {
    super();
    this.#line = `99 1 0:99 / ${point.replaceAll(' ', '\\040')} rw,nosuid shared:7 - ${type} ${source} rw,user_id=0\n`;
  }

  override read(file: string): string {
    return file === '/proc/self/mountinfo' ? super.read(file) + this.#line : super.read(file);
  }
}

const STORES = [
  ['fuse.s3fs', 's3fs'],
  ['fuse.rclone', 'remote:bucket'],
  ['fuse.geesefs', 'bucket'],
  ['fuse.goofys', 'bucket'],
  ['fuse.gcsfuse', 'bucket'],
  ['fuse', 'mountpoint-s3'],
] as const;

describe.each(STORES)('%s of %s', (type, source) => {
  test.each([
    ['the root', () => world.root],
    ['v2', () => world.v2],
    ['blobs', () => `${world.v2}/blobs`],
    ['repositories', () => `${world.v2}/repositories`],
  ])('at %s is refused', (_, point) => {
    const writer = new MountedReader(point(), type, source);
    expect(() => refuseObjectStore(openTree(world.root), writer)).toThrow(
      expect.objectContaining({ code: 'object-store', exitStatus: 4, hint: expect.stringContaining('--force-mount') }),
    );
  });

  test('beside the tree is none of its mounts', () => {
    refuseObjectStore(openTree(world.root), new MountedReader(`${world.root}-other`, type, source));
  });
});

test.each([
  ['fuse.ceph', 'ceph-fuse'],
  ['fuse', 'bindfs'],
  ['fuse.sshfs', 'host:/srv'],
  ['ext4', '/dev/s3fs'],
  ['nfs4', 'rclone'],
])('%s of %s is a file system like others', (type, source) => {
  expect(objectStoreOf({ type, source })).toBeUndefined();
});
