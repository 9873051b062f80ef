// What images are made of in tests: content that is reported apart by its name, has a size one can recognise in a figure, and is
// the same, byte for byte, whenever the same name is asked for.

import { createHash } from 'node:crypto';
import type { Digest } from '../../src/model/digest.js';

export const MEDIA = {
  schema1: 'application/vnd.docker.distribution.manifest.v1+json',
  schema2: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
  orasArtifact: 'application/vnd.cncf.oras.artifact.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  schema2Config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  schema2Layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  foreignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  buildkitCache: 'application/vnd.buildkit.cacheconfig.v0',
} as const;

/** Bytes of a layer for which no size is given. */
export const LAYER_BYTES = 1000;

export function sha256(content: string | Buffer): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;
}

export function sha512(content: string | Buffer): Digest {
  return `sha512:${createHash('sha512').update(content).digest('hex')}` as Digest;
}

/** A layer's content: its name, then filling up to `bytes`. */
export function layerContent(name: string, bytes: number = LAYER_BYTES): Buffer {
  return Buffer.from(`layer ${name}\n`.padEnd(bytes, '.'));
}

export interface ConfigSpec {
  /** What tells this config from others. */
  readonly name: string;
  /** RFC 3339; the date that builders write into the config. */
  readonly created?: string;
  /** `os/architecture[/variant]`. */
  readonly platform?: string;
}

/** An image config as builders write it. */
export function configContent(spec: ConfigSpec, layers: readonly string[]): string {
  const [os, architecture, variant] = (spec.platform ?? 'linux/amd64').split('/');
  return JSON.stringify({
    created: spec.created ?? '2024-05-06T07:08:09Z',
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: { Labels: { name: spec.name } },
    rootfs: { type: 'layers', diff_ids: layers },
  });
}
