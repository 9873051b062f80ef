// The scripts that teach a shell to ask regsweep. They hold no names of commands or options, so they stay right when regsweep
// is replaced; and they never evaluate what it answers, so that nothing in a tree can be run.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for regsweep. For you:      echo 'source <(regsweep completion bash)' >> ~/.bashrc
# For everybody, where the package bash-completion is: regsweep completion bash > /etc/bash_completion.d/regsweep

_regsweep() {
  local program=\${COMP_WORDS[0]} kind='' line
  [[ $program == '~/'* ]] && program=$HOME/\${program:2}
  type -P -- "$program" > /dev/null || program=regsweep
  COMPREPLY=()
  {
    IFS= read -r kind
    while IFS= read -r line; do COMPREPLY+=("\${line%%$'\\t'*}"); done
  } < <("$program" __complete bash "\${COMP_LINE:0:COMP_POINT}" "$2" 2> /dev/null)
  case $kind in
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
  esac
  if ((\${#COMPREPLY[@]} == 1)) && [[ \${COMPREPLY[0]} == *[/:] ]]; then compopt -o nospace; fi
  return 0
} 2> /dev/null

complete -F _regsweep regsweep
`;

const ZSH = `#compdef regsweep
# zsh completion for regsweep:  regsweep completion zsh > "\${fpath[1]}/_regsweep"
# Or, in ~/.zshrc after compinit:  source <(regsweep completion zsh)

_regsweep() {
  local program=\${(Q)words[1]} kind
  [[ $program == '~/'* ]] && program=$HOME/\${program[3,-1]}
  whence -p -- "$program" > /dev/null || program=regsweep
  local -a lines told open ended
  lines=("\${(@f)$("$program" __complete zsh "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2> /dev/null)}")
  kind=$lines[1]
  shift lines
  case $kind in
    files | folders)
      [[ $PREFIX == --*=* ]] && compset -P 1 '*='
      if [[ $kind == files ]]; then _files; else _files -/; fi
      return
      ;;
    names) ;;
    *) return 1 ;;
  esac
  local line
  for line in $lines; do
    case $line in
      *$'\\t'*) told+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *[/:]) open+=("$line") ;;
      *) ended+=("$line") ;;
    esac
  done
  local found=1
  (($#told)) && _describe regsweep told && found=0
  (($#open)) && compadd -S '' -- "$open[@]" && found=0
  (($#ended)) && compadd -- "$ended[@]" && found=0
  return found
}

# Loaded from fpath it is called at once; sourced it only says what it is for.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _regsweep "$@"; else compdef _regsweep regsweep; fi
`;

const FISH = `# fish completion for regsweep:  regsweep completion fish > ~/.config/fish/completions/regsweep.fish

function __regsweep_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- "$words[1]")
    command -sq -- "$program"; or set program regsweep
    set -l lines (command $program __complete fish (commandline -cp) 2>/dev/null)
    set -l word (commandline -ct)
    switch "$lines[1]"
        case names
            printf '%s\\n' $lines[2..-1]
        case files folders
            # The part after --option= alone is a path.
            set -l head (string match -r '^--[a-z-]+=' -- "$word")
            set -l paths (complete -C "'' "(string replace -- "$head" '' "$word"))
            for path in $paths
                if test "$lines[1]" = files; or string match -q '*/' -- (string split -f 1 \\t -- $path)
                    printf '%s%s\\n' "$head" "$path"
                end
            end
    end
end

complete -c regsweep -f -a '(__regsweep_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script for `shell`, to be sourced by it. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
