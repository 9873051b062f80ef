// The ways to start a registry, and command lines that only look like one.

import { expect, test } from 'vitest';
import { registryCommand } from '../../src/execute/registry-process.js';

const SIGHT = {
  isFile: (word: string) => ['/etc/registry', 'registry-config.test.ts', 'notes'].includes(word),
  isProgram: (word: string) => word === '/usr/bin/registry',
};

test.each([
  ['docker-registry serve /etc/c.yml', '/etc/c.yml'],
  ['registry serve', undefined],
  ['/bin/registry --debug serve -x /c.yml', '/c.yml'],
  ['registry config.yml', 'config.yml'],
  ['registry /etc/registry', '/etc/registry'],
  ['/bin/registry -v=1 /etc/docker/registry/config.yml', '/etc/docker/registry/config.yml'],
  ['distribution serve c.yml', 'c.yml'],
  ['dockerregistry serve c.yml', 'c.yml'],
  ['/nix/store/x/bin/.registry-wrapped serve c.yml', 'c.yml'],
  ['/lib64/ld-linux-x86-64.so.2 --library-path /lib /usr/bin/docker-registry serve c.yml', 'c.yml'],
  ['/usr/bin/qemu-aarch64-static /bin/registry serve c.yml', 'c.yml'],
  ['tini -- docker-registry serve c.yml', 'c.yml'],
  ['/lib64/ld-linux-x86-64.so.2 /usr/bin/registry config.yml', 'config.yml'],
  ['registry serve /etc/registry.yml', '/etc/registry.yml'],
])('%s', (line, config) => {
  expect(registryCommand(line.split(' '), SIGHT)).toEqual({ config });
});

test.each([
  'registry garbage-collect c.yml',
  'docker-registry --version',
  'tail -f /var/log/registry.log',
  'vim docker-registry.yml',
  'docker run -d registry:2',
  'kubectl port-forward svc/registry 5000',
  'node /opt/regsweep/bin/regsweep.js gc --root /srv/registry serve',
  'nginx: serve',
  'sh -c docker-registry',
  'vitest run registry-config.test.ts notes',
  'vim /etc/registry notes',
  'cp my-registry config.yml',
])('not: %s', (line) => {
  expect(registryCommand(line.split(' '), SIGHT)).toBeUndefined();
});
