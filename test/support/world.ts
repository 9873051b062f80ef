// Whole registry trees on disk, built the way distribution 2.8 leaves them after a push: blobs, layer links, revision link,
// the tag's history, then its current. A test says what was pushed, deleted and damaged, and reads like a session at a shell.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Digest } from '../../src/model/digest.js';
import { type ConfigSpec, configContent, LAYER_BYTES, layerContent, MEDIA, sha256, sha512 } from './content.js';
import { at } from './tree-paths.js';

export interface LayerSpec {
  readonly name: string;
  /** Bytes of the content; {@link LAYER_BYTES} where not given. */
  readonly bytes?: number;
  /** The manifest names the layer by its sha512; the registry links both names to the sha256 blob. */
  readonly alias?: 'sha512';
  /** A foreign layer: named, but neither linked nor stored. */
  readonly foreign?: boolean;
}

export interface ImageSpec {
  /** Names or descriptions; the same name is the same layer everywhere. */
  readonly layers?: readonly (string | LayerSpec)[];
  /** Tells apart images of the same layers; images alike in all of their spec share one digest. */
  readonly config?: string;
  readonly created?: string;
  readonly platform?: string;
  readonly format?: 'oci' | 'schema2' | 'without-media-type';
  readonly subject?: Pushed | Digest;
  readonly artifactType?: string;
}

export interface IndexSpec {
  readonly format?: 'oci' | 'list' | 'without-media-type';
  readonly subject?: Pushed | Digest;
  /** Tells apart indexes of the same children. */
  readonly name?: string;
}

/** A manifest as pushed. */
export interface Pushed {
  readonly digest: Digest;
  readonly content: Buffer;
  readonly mediaType: string;
  readonly platform: string | undefined;
  readonly config: Digest | undefined;
  /** Digests of the layers as the manifest names them. */
  readonly layers: readonly Digest[];
  readonly children: readonly Digest[];
}

export interface WorldOptions {
  /** Folder to build in; a fresh temporary one where not given. */
  readonly root?: string;
  /** Where the temporary folder goes; `os.tmpdir()` where not given. */
  readonly below?: string;
}

export class World {
  /** The registry's root directory. */
  readonly root: string;
  /** `<root>/docker/registry/v2`. */
  readonly v2: string;

  constructor(root: string) {
    this.root = root;
    this.v2 = path.join(root, 'docker/registry/v2');
    fs.mkdirSync(path.join(this.v2, 'blobs'), { recursive: true });
    fs.mkdirSync(path.join(this.v2, 'repositories'), { recursive: true });
  }

  /** An empty registry in a folder of its own; {@link World.remove} takes it away. */
  static create(options: WorldOptions = {}): World {
    return new World(options.root ?? fs.mkdtempSync(path.join(options.below ?? os.tmpdir(), 'regsweep-world-')));
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  // Pushes

  /** Pushes an image; without a tag, by its digest alone. */
  image(repository: string, tag: string | undefined, spec: ImageSpec = {}): Pushed {
    const layers = (spec.layers ?? [`${repository}-${tag ?? 'untagged'}`]).map(describeLayer);
    const names = layers.map((layer) => layer.digest);
    const config: ConfigSpec = {
      name: spec.config ?? layers.map((layer) => layer.name).join('+'),
      ...(spec.created === undefined ? {} : { created: spec.created }),
      ...(spec.platform === undefined ? {} : { platform: spec.platform }),
    };
    const configText = configContent(config, names);
    const docker = spec.format === 'schema2';
    const mediaType = docker ? MEDIA.schema2 : MEDIA.image;
    const json = {
      schemaVersion: 2,
      ...(spec.format === 'without-media-type' ? {} : { mediaType }),
      ...(spec.artifactType === undefined ? {} : { artifactType: spec.artifactType }),
      config: descriptor(
        docker ? MEDIA.schema2Config : MEDIA.config,
        sha256(configText),
        Buffer.byteLength(configText),
      ),
      layers: layers.map((layer) =>
        layer.foreign
          ? { ...descriptor(MEDIA.foreignLayer, layer.digest, layer.bytes), urls: ['https://example.com/layer'] }
          : descriptor(docker ? MEDIA.schema2Layer : MEDIA.layer, layer.digest, layer.bytes),
      ),
      ...subjectField(spec.subject),
    };
    for (const layer of layers) if (!layer.foreign) this.#pushLayer(repository, layer);
    this.#pushBlob(repository, Buffer.from(configText));
    return this.manifest(repository, tag, json, {
      mediaType,
      platform: spec.platform ?? 'linux/amd64',
      config: sha256(configText),
      layers: names,
    });
  }

  /**
   * Pushes an index. Children given as a spec are pushed with it, untagged; children given by digest are only listed: a
   * sparse index, unless they were pushed to this repository before. An index of indexes is one whose child is an index.
   */
  index(
    repository: string,
    tag: string | undefined,
    children: readonly (Pushed | Digest | ImageSpec)[],
    spec: IndexSpec = {},
  ): Pushed {
    const mediaType = spec.format === 'list' ? MEDIA.list : MEDIA.index;
    const entries = children.map((child) => {
      if (typeof child === 'string') return descriptor(MEDIA.image, child, LAYER_BYTES);
      const pushed = 'digest' in child ? child : this.image(repository, undefined, child);
      const [system, architecture, variant] = (pushed.platform ?? 'unknown/unknown').split('/');
      return {
        ...descriptor(pushed.mediaType, pushed.digest, pushed.content.length),
        platform: { os: system, architecture, ...(variant === undefined ? {} : { variant }) },
      };
    });
    const json = {
      schemaVersion: 2,
      ...(spec.format === 'without-media-type' ? {} : { mediaType }),
      manifests: entries,
      ...(spec.name === undefined ? {} : { annotations: { name: spec.name } }),
      ...subjectField(spec.subject),
    };
    return this.manifest(repository, tag, json, { mediaType, children: entries.map((entry) => entry.digest) });
  }

  /** Pushes an index of indexes: one inner index for each list of images. */
  nestedIndex(repository: string, tag: string | undefined, inner: readonly (readonly ImageSpec[])[]): Pushed {
    return this.index(
      repository,
      tag,
      inner.map((images) => this.index(repository, undefined, images)),
    );
  }

  /** Pushes a schema 1 image; with `signatures`, as registries up to 2.4 kept them beside the revision. */
  schema1(
    repository: string,
    tag: string | undefined,
    spec: {
      readonly layers?: readonly (string | LayerSpec)[];
      readonly signatures?: readonly string[];
      readonly created?: string;
    } = {},
  ): Pushed {
    const layers = (spec.layers ?? [`${repository}-${tag ?? 'untagged'}`]).map(describeLayer);
    for (const layer of layers) this.#pushLayer(repository, layer);
    const created = spec.created ?? '2015-06-07T08:09:10Z';
    const json = {
      schemaVersion: 1,
      name: repository,
      tag: tag ?? 'untagged',
      architecture: 'amd64',
      fsLayers: layers.map((layer) => ({ blobSum: layer.digest })),
      history: layers.map((layer) => ({ v1Compatibility: JSON.stringify({ id: layer.name, created }) })),
    };
    const names = layers.map((layer) => layer.digest);
    const pushed = this.manifest(repository, tag, json, {
      mediaType: MEDIA.schema1,
      platform: 'linux/amd64',
      layers: names,
    });
    for (const name of spec.signatures ?? []) {
      const signature = this.blob(`signature ${name}`, 200);
      this.write(at.signature(repository, pushed.digest, signature), signature);
    }
    return pushed;
  }

  /** Pushes an OCI artifact manifest (withdrawn from 1.1): `blobs` and a `subject`. */
  artifact(
    repository: string,
    tag: string | undefined,
    spec: { readonly blobs: readonly string[]; readonly subject?: Pushed | Digest; readonly oras?: boolean },
  ): Pushed {
    const blobs = spec.blobs.map(describeLayer);
    for (const blob of blobs) this.#pushLayer(repository, blob);
    const mediaType = spec.oras === true ? MEDIA.orasArtifact : MEDIA.artifact;
    const json = {
      mediaType,
      artifactType: 'application/vnd.example.report',
      blobs: blobs.map((blob) => descriptor('application/octet-stream', blob.digest, blob.bytes)),
      ...subjectField(spec.subject),
    };
    return this.manifest(repository, tag, json, { mediaType, layers: blobs.map((blob) => blob.digest) });
  }

  /** Pushes an image that refers to `subject`: an attestation or a signature of OCI 1.1. */
  referrer(repository: string, tag: string | undefined, subject: Pushed | Digest, spec: ImageSpec = {}): Pushed {
    const name = `referrer of ${digestOf(subject).slice(7, 19)}`;
    return this.image(repository, tag, {
      layers: [name],
      artifactType: 'application/vnd.example.signature',
      ...spec,
      subject,
    });
  }

  /** Pushes what cosign writes for `subject`: an image under the tag `sha256-<hex>.sig`. */
  signatureTag(
    repository: string,
    subject: Pushed | Digest,
    suffix = '.sig',
    prefix = '',
    spec: ImageSpec = {},
  ): Pushed {
    const digest = digestOf(subject);
    const layers = spec.layers ?? [{ name: `signature of ${digest.slice(7, 19)}`, bytes: 250 }];
    return this.image(repository, `${prefix}${signatureTagOf(digest, suffix)}`, { ...spec, layers });
  }

  /** Pushes an index whose entries are layers, as buildkit's registry cache did before 0.21. */
  buildkitCache(repository: string, tag: string | undefined, layers: readonly string[]): Pushed {
    const described = layers.map(describeLayer);
    for (const layer of described) this.#pushLayer(repository, layer);
    const config = this.#pushBlob(repository, Buffer.from(JSON.stringify({ layers, records: [] })));
    const json = {
      schemaVersion: 2,
      mediaType: MEDIA.index,
      manifests: [
        ...described.map((layer) => descriptor(MEDIA.layer, layer.digest, layer.bytes)),
        descriptor(MEDIA.buildkitCache, config, LAYER_BYTES),
      ],
    };
    return this.manifest(repository, tag, json, {
      mediaType: MEDIA.index,
      layers: described.map((l) => l.digest),
      config,
    });
  }

  /** Pushes any manifest: blob, revision link, and the tag where one is given. Text goes as it is, other values as JSON. */
  manifest(
    repository: string,
    tag: string | undefined,
    body: unknown,
    about: Partial<Omit<Pushed, 'digest' | 'content'>> = {},
  ): Pushed {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const digest = this.#blob(content);
    // A registry makes these three before the first manifest of a repository can arrive.
    this.mkdir(at.layers(repository));
    this.mkdir(at.uploads(repository));
    this.write(at.revision(repository, digest), digest);
    if (tag !== undefined) this.retag(repository, tag, digest);
    return {
      mediaType: '',
      platform: undefined,
      config: undefined,
      layers: [],
      children: [],
      ...about,
      digest,
      content,
    };
  }

  /** Pushes a manifest that is somewhere already to another repository, with the links of all that it names. */
  copy(repository: string, tag: string | undefined, pushed: Pushed): Pushed {
    for (const digest of [...pushed.layers, ...(pushed.config === undefined ? [] : [pushed.config])]) {
      if (this.exists(at.blob(digest))) this.linkLayer(repository, digest);
    }
    return this.manifest(repository, tag, pushed.content, pushed);
  }

  /** Points a tag at a manifest: its history grows, its current changes. */
  retag(repository: string, tag: string, to: Pushed | Digest): void {
    const digest = digestOf(to);
    this.write(at.history(repository, tag, digest), digest);
    this.write(at.current(repository, tag), digest);
  }

  /** An upload that was started and neither ended nor cancelled. */
  upload(
    repository: string,
    id: string,
    spec: { readonly startedAt?: Date | string | undefined; readonly bytes?: number; readonly modified?: Date } = {},
  ): void {
    const folder = at.upload(repository, id);
    this.write(`${folder}/data`, Buffer.alloc(spec.bytes ?? 300, 'u'));
    this.write(`${folder}/hashstates/sha256/0`, 'hash state');
    const started = 'startedAt' in spec ? spec.startedAt : new Date();
    if (started !== undefined) {
      const text = typeof started === 'string' ? started : started.toISOString().replace(/\.\d+Z$/, 'Z');
      this.write(`${folder}/startedat`, text);
    }
    if (spec.modified !== undefined) this.touchAll(folder, spec.modified);
  }

  /** A blob that nothing links, of content told by `name`. */
  blob(name: string, bytes: number = LAYER_BYTES): Digest {
    return this.#blob(layerContent(name, bytes));
  }

  // What the API does to a tree

  /** `DELETE manifests/<digest>`: takes the revision's link, leaves its folder, and removes every tag whose current it is. */
  apiDeleteManifest(repository: string, manifest: Pushed | Digest): void {
    const digest = digestOf(manifest);
    this.removeFile(at.revision(repository, digest));
    for (const tag of this.list(at.tags(repository))) {
      if (this.read(at.current(repository, tag)) === digest) this.untag(repository, tag);
    }
  }

  /** What registry 3 does to delete a tag: its folder goes, the manifest stays. */
  untag(repository: string, tag: string): void {
    fs.rmSync(this.path(at.tag(repository, tag)), { recursive: true });
  }

  /** Links a blob in a repository; `content` where the folder's digest is an alias. */
  linkLayer(repository: string, digest: Digest, content: string = digest): void {
    this.write(at.layer(repository, digest), content);
    this.mkdir(at.uploads(repository));
  }

  /** Links a layer by a tarsum as registries 2.0 to 2.2 did. Returns the tarsum. */
  linkTarsum(repository: string, layer: Digest): Digest {
    const tarsum = `tarsum.v1+sha256:${sha256(`tarsum of ${layer}`).slice(7)}` as Digest;
    this.linkLayer(repository, tarsum, layer);
    return tarsum;
  }

  /** `DELETE blobs/<digest>`: takes the link, leaves its folder. */
  unlinkLayer(repository: string, digest: Digest): void {
    this.removeFile(at.layer(repository, digest));
  }

  // Files, all paths relative to v2

  path(relative: string): string {
    return path.join(this.v2, relative);
  }

  write(relative: string, content: string | Buffer): void {
    const file = this.path(relative);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }

  /** The text of a file, or undefined where there is none. */
  read(relative: string): string | undefined {
    return this.exists(relative) ? fs.readFileSync(this.path(relative), 'utf8') : undefined;
  }

  exists(relative: string): boolean {
    return fs.existsSync(this.path(relative));
  }

  /** Names in a folder, sorted; none where there is no such folder. */
  list(relative: string): string[] {
    return this.exists(relative) ? fs.readdirSync(this.path(relative)).sort() : [];
  }

  mkdir(relative: string): void {
    fs.mkdirSync(this.path(relative), { recursive: true });
  }

  removeFile(relative: string): void {
    fs.unlinkSync(this.path(relative));
  }

  /** Sets a file's or folder's times. */
  touch(relative: string, when: Date): void {
    fs.utimesSync(this.path(relative), when, when);
  }

  /** Sets the times of everything at and below a path. */
  touchAll(relative: string, when: Date): void {
    const entry = this.path(relative);
    if (fs.statSync(entry).isDirectory()) {
      for (const name of fs.readdirSync(entry)) this.touchAll(`${relative}/${name}`, when);
    }
    fs.utimesSync(entry, when, when);
  }

  /** Sets the time at which a tag was pushed: the mtime of its `current/link`. */
  pushedAt(repository: string, tag: string, when: Date): void {
    this.touch(at.current(repository, tag), when);
  }

  #pushLayer(repository: string, layer: DescribedLayer): void {
    const digest = this.#pushBlob(repository, layerContent(layer.name, layer.bytes));
    if (layer.digest !== digest) this.linkLayer(repository, layer.digest, digest);
  }

  #pushBlob(repository: string, content: Buffer): Digest {
    const digest = this.#blob(content);
    this.linkLayer(repository, digest);
    return digest;
  }

  /** Stores content under its digest; content that is there is left as it is, as the registry leaves it. */
  #blob(content: Buffer): Digest {
    const digest = sha256(content);
    const file = at.blob(digest);
    if (!this.exists(file)) this.write(file, content);
    return digest;
  }
}

interface DescribedLayer {
  readonly name: string;
  readonly bytes: number;
  /** As a manifest names it. */
  readonly digest: Digest;
  readonly foreign: boolean;
}

function describeLayer(layer: string | LayerSpec): DescribedLayer {
  const spec: LayerSpec = typeof layer === 'string' ? { name: layer } : layer;
  const bytes = spec.bytes ?? LAYER_BYTES;
  const content = layerContent(spec.name, bytes);
  const digest = spec.alias === 'sha512' ? sha512(content) : sha256(content);
  return { name: spec.name, bytes, digest, foreign: spec.foreign === true };
}

/** The digest of the layer that {@link World.image} makes of this name. */
export function layerDigest(layer: string | LayerSpec): Digest {
  return describeLayer(layer).digest;
}

/** `sha256-<hex>.sig`: the tag under which a signature of `digest` lies. */
export function signatureTagOf(digest: Digest, suffix = '.sig'): string {
  return `${digest.replace(':', '-')}${suffix}`;
}

function digestOf(manifest: Pushed | Digest): Digest {
  return typeof manifest === 'string' ? manifest : manifest.digest;
}

function descriptor(mediaType: string, digest: Digest, size: number) {
  return { mediaType, digest, size };
}

function subjectField(subject: Pushed | Digest | undefined): object {
  if (subject === undefined) return {};
  return {
    subject: descriptor(MEDIA.image, digestOf(subject), typeof subject === 'string' ? 1 : subject.content.length),
  };
}
