// `regsweep completion`: the script by which a shell completes commands, options, and the names in the tree.

import { command } from '../../cli/command.js';
import { EXIT } from '../../model/errors.js';
import { completionScript, SHELLS } from './scripts.js';

const INSTALL = `To install it for your user, in bash:
  echo 'source <(regsweep completion bash)' >> ~/.bashrc

In zsh, after compinit:
  echo 'source <(regsweep completion zsh)' >> ~/.zshrc

In fish:
  regsweep completion fish > ~/.config/fish/completions/regsweep.fish

Repositories, tags and revisions are completed from the tree given by --root on
the line, the environment or the registry's configuration, as far as you can
read it.`;

export const completion = command({
  name: 'completion',
  summary: 'Print the script that makes bash, zsh or fish complete commands, options and names',
  arguments: {
    shell: { choices: SHELLS, required: true, describe: 'The shell to print the script for' },
  },
  options: {},
  examples: [['regsweep completion bash', 'Print the script']],
  epilogue: INSTALL,
  async run(options, session) {
    await session.stdout.pieces([completionScript(options.shell)]);
    return EXIT.ok;
  },
});
