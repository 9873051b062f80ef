// Options and arguments as data, and the types of their values, which come from the data. The parser, the help, the man page,
// completion and the settings file are made from it too.

/** The kind of value that an option or an argument takes. Help shows it, and a shell completes by it. */
export type Takes =
  | 'COMMAND'
  | 'DIR'
  | 'DURATION'
  | 'FILE'
  | 'GLOB'
  | 'IMAGE'
  | 'N'
  | 'ORDER'
  | 'PERCENT'
  | 'REPOSITORY'
  | 'RUN'
  | 'THING'
  | 'URL';

/** Headings of `--help`, in this order. */
export const GROUPS = {
  scope: 'Scope:',
  keep: 'What to keep:',
  remove: 'What to remove:',
  change: 'Change:',
  service: 'While the registry runs (it is stopped only for the change):',
  output: 'Output:',
  tree: 'Tree:',
  other: 'Options:',
} as const;

/** An argument. It takes one of `choices`, else any text. */
export interface Argument {
  readonly describe: string;
  readonly takes?: Takes;
  readonly choices?: readonly string[];
  readonly required?: true;
  /** Any number of them. */
  readonly several?: true;
}

/** An option, by its name without dashes. A switch where it has neither `takes` nor `choices`. */
export interface Option {
  readonly describe: string;
  readonly group: keyof typeof GROUPS;
  /** One letter. */
  readonly alias?: string;
  readonly takes?: Takes;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** The FILE that it takes is written, not read. */
  readonly writes?: true;
  /** It may be given again. */
  readonly several?: true;
  /** The option without which it means nothing. */
  readonly requires?: string;
  /** The option that it contradicts. */
  readonly conflicts?: string;
  /** The settings file may set it. */
  readonly setting?: true;
}

export type Arguments = Readonly<Record<string, Argument>>;
export type Options = Readonly<Record<string, Option>>;

type TextOf<Data> = Data extends { readonly choices: readonly (infer Choice)[] } ? Choice : string;
type ValueOf<Data> = Data extends { readonly several: true }
  ? readonly TextOf<Data>[]
  : Data extends { readonly default: string } | { readonly required: true }
    ? TextOf<Data>
    : TextOf<Data> | undefined;

/** What a command gets for its `options`. */
export type OptionValues<Data extends Options> = {
  readonly [Name in keyof Data]: Data[Name] extends { readonly takes: Takes } | { readonly choices: readonly string[] }
    ? ValueOf<Data[Name]>
    : boolean;
};

/** What a command gets for its `arguments`. */
export type ArgumentValues<Data extends Arguments> = { readonly [Name in keyof Data]: ValueOf<Data[Name]> };

/** The entries of a record of options or arguments, each with its name. */
export function named<Data>(record: Readonly<Record<string, Data>>): readonly (Data & { readonly name: string })[] {
  return Object.entries(record).map(([name, data]) => ({ name, ...data }));
}

/** True for an option that takes nothing. */
export function isSwitch({ takes, choices }: Argument): boolean {
  return takes === undefined && choices === undefined;
}
