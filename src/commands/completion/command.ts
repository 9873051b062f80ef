// `regsweep completion`: the script by which a shell completes commands, options, and the names in the tree.

import { command } from '../../cli/command.js';
import { EXIT } from '../../model/errors.js';
import { completionScript, SHELLS } from './scripts.js';

export const completion = command({
  name: 'completion',
  usage: 'completion <shell>',
  summary: 'Print the script that makes bash, zsh or fish complete commands, options and names',
  build: (yargs) =>
    yargs
      .positional('shell', { choices: SHELLS, demandOption: true, describe: 'The shell that it is for' })
      .example('$0 completion bash', 'The script, on stdout')
      .epilogue(INSTALL),
  async run(options, session) {
    await session.stdout.pieces([completionScript(options.shell)]);
    return EXIT.ok;
  },
});

const INSTALL = `To install it, for you alone, in bash:
  echo 'source <(regsweep completion bash)' >> ~/.bashrc

In zsh, after compinit:
  echo 'source <(regsweep completion zsh)' >> ~/.zshrc

In fish:
  regsweep completion fish > ~/.config/fish/completions/regsweep.fish

Names of repositories, tags and revisions come from the tree that --root on the
line, the environment or the registry's configuration names, as far as you may
read it.`;
