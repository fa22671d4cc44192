/**
 * `planesearch completion SHELL`: a script that completes commands, options, values that are names of a list, and files. It is made of the commands as they
 * are declared, once: pressing Tab starts no process of Node.
 */
import type { Command, Option } from 'commander';
import { lookUp } from '../core/errors.js';
import { exitCodes, type Io } from './io.js';
import { valuesOf } from './option-parsers.js';

export type Shell = keyof typeof shells;

const shells = { bash, zsh, fish } as const;

export const shellNames = Object.keys(shells) as readonly Shell[];

/** @throws PlanesearchError INVALID_OPTION for a shell that there is no script for */
export function completionCommand(shell: string, program: Command, io: Io): number {
  io.stdout.write(lookUp(shells, 'The shell', shell)(program.commands));
  return exitCodes.success;
}

const flagsOf = (options: readonly Option[]): string => [...options.map(({ long }) => long!), '--help'].join(' ');

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const listed = command.options.filter((option) => valuesOf.has(option));
    const free = command.options.filter((option) => option.required && !valuesOf.has(option));
    const values = listed.map(
      (option) =>
        `        ${option.long}) COMPREPLY=($(compgen -W '${valuesOf.get(option)!.join(' ')}' -- "$current")); return;;\n`,
    );
    const others = free.length > 0 ? `        ${free.map(({ long }) => long).join('|')}) return;;\n` : '';
    const chosen =
      values.length + free.length > 0 ? `      case "$previous" in\n${values.join('')}${others}      esac\n` : '';
    const first = wordsOf(command);
    const words = first === null ? '' : `      COMPREPLY=($(compgen -W '${first}' -- "$current"))\n`;
    return `    ${command.name()})\n${chosen}${words}      flags='${flagsOf(command.options)}';;\n`;
  });
  return `# planesearch completion bash > ~/.local/share/bash-completion/completions/planesearch
_planesearch() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} flags=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${commands.map((command) => command.name()).join(' ')} --help --version' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('')}  esac
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$current")); fi
}
complete -o default -F _planesearch planesearch
`;
}

function zsh(commands: readonly Command[]): string {
  const named = commands.map((command) => `    ${quoted(`${command.name()}:${plain(command.description())}`)}`);
  const cases = commands.map((command) => {
    const specs = command.options.map((option) => {
      const { long, description, required } = option;
      const names = valuesOf.get(option);
      const value = required ? (names ? `:value:(${names.join(' ')})` : ':value:_files') : '';
      return quoted(`${long}[${plain(description)}]${value}`);
    });
    const first = wordsOf(command);
    const rest = first === null ? "'*:file:_files'" : quoted(`*:name:(${first})`);
    return `    ${command.name()}) _arguments ${[...specs, quoted('--help[display help]'), rest].join(' ')};;\n`;
  });
  return `#compdef planesearch
# planesearch completion zsh > ~/.zfunc/_planesearch, with ~/.zfunc in fpath
_planesearch() {
  local -a commands
  commands=(
${named.join('\n')}
  )
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local name=\${words[2]}
  shift words
  ((CURRENT--))
  case $name in
${cases.join('')}  esac
}
if [[ \${funcstack[1]} == _planesearch ]]; then _planesearch "$@"; else compdef _planesearch planesearch; fi
`;
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const inside = `complete -c planesearch -n '__fish_seen_subcommand_from ${command.name()}'`;
    const first = wordsOf(command);
    return [
      `complete -c planesearch -n __fish_use_subcommand -f -a ${command.name()} -d ${fishQuoted(plain(command.description()))}`,
      ...(first === null ? [] : [`${inside} -f -a '${first}'`]),
      ...command.options.map((option) => {
        const { long, description, required } = option;
        const names = valuesOf.get(option);
        const value = names ? ` -x -a '${names.join(' ')}'` : required ? ' -r' : '';
        return `${inside} -l ${long!.slice(2)}${value} -d ${fishQuoted(plain(description))}`;
      }),
    ];
  });
  return `# planesearch completion fish > ~/.config/fish/completions/planesearch.fish\n${lines.join('\n')}\n`;
}

/** What the first argument of a command is chosen among; null for a file. */
function wordsOf({ registeredArguments: [first] }: Command): string | null {
  return first?.argChoices?.join(' ') ?? null;
}

/** Without what a shell or its completion would read as syntax. */
function plain(text: string): string {
  return text
    .replaceAll(/[[\]:\\]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
