/**
 * Every option of every command, once. The key is StackStorm's parameter name; a shell types it with dashes. Commands pick
 * from here, so that the shell's help, the action metadata, config.schema.yaml and docs/cli.md say the same (tests/contract/metadata.test.ts).
 */

export interface OptionSpec {
  /** `list` is a comma list: StackStorm hands arrays over as Python text, so no parameter is an array. */
  type: 'string' | 'integer' | 'boolean' | 'list'
  group: 'Instances' | 'Run' | 'What' | 'Archive' | 'Packs' | 'Output' | 'Sandbox'
  describe: string
  default?: string | number
  choices?: readonly string[]
  /** A place on this machine: what is given relative to the working directory is made whole, since git and later runs stand elsewhere. */
  path?: true
  min?: number
  max?: number
  /** Not a parameter of any action: it needs a terminal, or a file of the person who types. */
  shellOnly?: true
  /** Also a setting of the pack's configuration, handed over as environment `ST2UPGRADE_<NAME>`; a parameter wins. */
  config?: true
}

const OPTIONS = {
  target_url: { type: 'string', group: 'Instances', config: true, describe: 'The new StackStorm, for example https://new.example/api. Empty: the instance that this command runs on is the target' },
  source_url: { type: 'string', group: 'Instances', config: true, describe: 'The old StackStorm, for example https://old.example/api. Empty: the instance that this command runs on is the source' },
  target_api_key_name: { type: 'string', group: 'Instances', config: true, describe: 'Name of the datastore key (encrypted, system scope) that holds an API key of the target. Empty: st2upgrade.target_api_key' },
  source_api_key_name: { type: 'string', group: 'Instances', config: true, describe: 'Name of the datastore key (encrypted, system scope) that holds an API key of the source. Empty: st2upgrade.source_api_key' },
  source_root: { type: 'string', group: 'Instances', path: true, config: true, describe: "Where the source's files are reached (below it opt/stackstorm and etc/st2). Empty: / when this command runs on the source's host, else only its API is used" },
  target_root: { type: 'string', group: 'Instances', path: true, config: true, describe: "Where the target's files are reached (below it opt/stackstorm and etc/st2). Empty: / when this command runs on the target's host, else only its API is used" },
  source_crypto_key_file: { type: 'string', group: 'Instances', path: true, describe: "Path of a copy of the source's datastore crypto key, when its own file cannot be read from here" },
  ca_file: { type: 'string', group: 'Instances', path: true, config: true, describe: 'Path of a PEM file with the certificates that sign those of the instances' },
  insecure: { type: 'boolean', group: 'Instances', describe: 'Do not verify TLS certificates: whoever sits between can read everything, secrets included' },
  user: { type: 'string', group: 'Instances', shellOnly: true, describe: 'User of the instance of ST2_API_URL; the password is asked for, or read from --password-file' },
  password_file: { type: 'string', group: 'Instances', path: true, shellOnly: true, describe: 'File with the password of --user' },
  source_user: { type: 'string', group: 'Instances', shellOnly: true, describe: 'User of --source-url; the password is asked for, or read from --source-password-file' },
  source_password_file: { type: 'string', group: 'Instances', path: true, shellOnly: true, describe: 'File with the password of --source-user' },
  target_user: { type: 'string', group: 'Instances', shellOnly: true, describe: 'User of --target-url; the password is asked for, or read from --target-password-file' },
  target_password_file: { type: 'string', group: 'Instances', path: true, shellOnly: true, describe: 'File with the password of --target-user' },

  run: { type: 'string', group: 'Run', describe: 'Name of the run. The same name goes on where that run was. Empty: check, export and migrate begin a new one, the other stages take the latest' },
  state_dir: { type: 'string', group: 'Run', path: true, config: true, describe: 'Directory for archives, plans, journals and ledgers. Empty: /var/lib/st2upgrade for root, else st2upgrade below the XDG state directory' },
  approve: { type: 'boolean', group: 'Run', describe: 'Show the plan and wait for a go before anything is written' },
  activate: { type: 'boolean', group: 'Run', describe: 'Activate the target at the end, and prove it once more' },
  wait: { type: 'integer', group: 'Run', default: 300, min: 0, max: 86400, describe: 'Seconds that running executions are waited for' },
  take_back: { type: 'boolean', group: 'Run', describe: 'Switch on again what an earlier quiesce of this run has switched off' },
  dry_run: { type: 'boolean', group: 'Run', describe: 'Show what would be done, and write nothing' },

  only: { type: 'list', group: 'What', describe: 'Comma list of what to look at: kinds (packs), items of a kind by name (keys:deploy.*), or all that belongs to packs (pack:est_*). Empty: all' },
  except: { type: 'list', group: 'What', describe: 'Comma list of what to leave out, written as for only' },
  rewrite: { type: 'list', group: 'What', describe: 'Comma list of host names to change on the way, for example old.example=new.example: whole names in datastore values, configurations, rules, policies, aliases and actions made through the API; never in secrets, names and users' },
  users: { type: 'list', group: 'What', config: true, describe: 'Comma list of users whose datastore keys belong to the migration, beside those that are found' },
  other_users: { type: 'boolean', group: 'What', describe: "Also look at other users' datastore keys, through a temporary API key for each user, which is deleted again" },
  on_conflict: { type: 'string', group: 'What', default: 'fail', describe: 'What to do with an item that the target has with another value: fail (nothing is written), skip, or overwrite; for single kinds too, for example fail,keys=skip,configs=overwrite' },
  quiet: { type: 'string', group: 'What', default: 'files', choices: ['files', 'api'], describe: "How the target is kept quiet until it is activated: files (override files switch rules, sensors and aliases off before they land), or api (switched off right after each pack lands, for a target before 3.7 or without access to its files)" },
  packs: { type: 'list', group: 'What', describe: 'Comma list of packs to activate; the target stays quiet for the others. Empty: all' },
  allow_active: { type: 'boolean', group: 'What', describe: 'Land active: rules, sensors and aliases of the packs act on the target as soon as they are installed' },
  api_only: { type: 'boolean', group: 'What', describe: "Where the target's files are out of reach from here: write through its API alone, in place of handing the run over to this pack there; what belongs into files is left for a person" },
  allow_older: { type: 'boolean', group: 'What', describe: 'Go on although the target is an older StackStorm than the source' },
  concurrency: { type: 'integer', group: 'What', config: true, min: 1, max: 64, describe: 'Requests at a time at most. Empty: as many as the instance answers well' },

  since: { type: 'string', group: 'What', describe: 'Nothing of the past that began before: a time in UTC (2024-05-01T08:00Z), a date, or how long ago (12h, 30d, 2w). Empty: everything' },
  history_action: { type: 'list', group: 'What', describe: 'Comma list of actions (core.local) whose executions are kept. Empty: all' },
  history_status: { type: 'list', group: 'What', describe: 'Comma list of statuses (failed,timeout) of executions that are kept. Empty: all' },
  audit_logs_to: { type: 'string', group: 'What', path: true, describe: 'Folder that the audit logs are copied to, with checksums. Empty: into the archive' },
  until: { type: 'string', group: 'What', describe: 'Only what began before: a time in UTC, a date, or how long ago' },
  kind: { type: 'list', group: 'What', describe: 'Comma list of executions, inquiries, traces, rule_enforcements, trigger_instances. Empty: executions' },
  action: { type: 'string', group: 'What', describe: 'Ref of the action, or a pattern (deploy.*)' },
  by_user: { type: 'string', group: 'What', describe: 'User who started it' },
  status: { type: 'string', group: 'What', describe: 'Its status, for example failed' },
  text: { type: 'string', group: 'What', describe: 'Text that stands anywhere in it, in upper or lower case' },
  id: { type: 'string', group: 'What', describe: 'Id of one record, which is shown whole as YAML' },
  last: { type: 'integer', group: 'What', default: 50, min: 1, max: 100000, describe: 'As many of the newest are listed' },
  show_secrets: { type: 'boolean', group: 'What', describe: 'Show the secrets of the record too' },

  resume: { type: 'boolean', group: 'Run', describe: 'Use the archive that the run has already, and its plan once an apply has begun to carry it out' },

  archive: { type: 'string', group: 'Archive', path: true, describe: "Path of the archive to work with. Empty: the run's own" },
  plan: { type: 'string', group: 'Archive', path: true, describe: "Path of the plan to work with. Empty: the run's own" },
  out: { type: 'string', group: 'Archive', path: true, describe: "Path of the archive to write. Empty: in the run's directory" },
  recipients: { type: 'list', group: 'Archive', config: true, describe: 'Comma list of age recipients (age1...) that the archive is sealed for' },
  passphrase_key_name: { type: 'string', group: 'Archive', config: true, describe: 'Name of a datastore key (encrypted, system scope) that holds the passphrase of the archive' },
  passphrase_file: { type: 'string', group: 'Archive', path: true, config: true, describe: 'File with the passphrase of the archive' },
  identity_file: { type: 'string', group: 'Archive', path: true, config: true, describe: 'File with the age identities (AGE-SECRET-KEY-1...) that open the archive' },
  plain_archive: { type: 'boolean', group: 'Archive', describe: 'Write the archive unsealed although it holds plain secrets' },
  own_key: { type: 'boolean', group: 'Archive', describe: "Seal the archive for a key pair of this run; its private key stays in the run's directory, and the later stages find it there" },
  include_crypto_key: { type: 'boolean', group: 'Archive', describe: "Carry the source's datastore crypto key inside the sealed archive" },
  a: { type: 'string', group: 'Archive', path: true, describe: 'Path of the archive that stands first. Empty: the source instance' },
  b: { type: 'string', group: 'Archive', path: true, describe: 'Path of the archive that it is compared with. Empty: the target instance' },
  b_identity_file: { type: 'string', group: 'Archive', path: true, describe: 'File with the age identities that open the second archive, when they are others' },
  b_passphrase_file: { type: 'string', group: 'Archive', path: true, describe: 'File with the passphrase of the second archive, when it is another' },
  b_crypto_key_file: { type: 'string', group: 'Archive', path: true, describe: "Path of a copy of the second side's datastore crypto key, when it is another and its own file cannot be read from here" },
  as: { type: 'string', group: 'Output', default: 'text', choices: ['text', 'markdown', 'csv'], describe: 'Form of the checklist' },
  old_names: { type: 'list', group: 'What', describe: 'Comma list of further host names of the old instance, beside those that its URL and its files tell' },
  to: { type: 'string', group: 'Output', path: true, describe: 'File that the whole answer is written to' },
  file: { type: 'string', group: 'Archive', path: true, describe: "Path of an archive, plan, journal or ledger. Empty: what the run holds" },

  pieces: { type: 'integer', group: 'Archive', min: 1, max: 200, describe: 'Number of sealed pieces that deliver has put into the datastore. Empty: make the key pair that they are sealed for' },
  sha256: { type: 'string', group: 'Archive', describe: 'Checksum of the pieces, put together' },
  give_back: { type: 'string', group: 'Archive', choices: ['plan', 'ledger', 'undo'], describe: 'What of the run is put into the datastore for the side that has handed it over, sealed in pieces' },
  recipient: { type: 'string', group: 'Archive', describe: 'The age recipient (age1...) that it is sealed for' },
  pack_url: { type: 'string', group: 'Packs', config: true, describe: 'Git URL that this pack itself is installed from on the target, for example https://git.example.org/st2upgrade.git. Empty: served from this machine' },

  git_template: { type: 'string', group: 'Packs', config: true, describe: 'Git URL that packs are pushed to and installed from, for example git@git.example.org:stackstorm/{pack}.git' },
  serve_packs: { type: 'boolean', group: 'Packs', describe: 'Serve the packs to the target over git-over-HTTP from this machine while they are installed, also outside loopback' },
  serve_address: { type: 'string', group: 'Packs', config: true, describe: 'Address of this machine that the target reaches. Empty: the local address of the connection to the target' },
  serve_port: { type: 'integer', group: 'Packs', config: true, min: 1, max: 65535, describe: 'Port that packs are served at. Empty: a free one' },

  format: { type: 'string', group: 'Output', shellOnly: true, choices: ['text', 'json'], describe: 'Readable text, or one JSON document. Empty: text on a terminal, else JSON' },

  st2_version: { type: 'string', group: 'Sandbox', default: '3.9.0', choices: ['3.4.1', '3.8.1', '3.9.0'], describe: 'StackStorm version that the sandbox speaks like' },
  api_port: { type: 'integer', group: 'Sandbox', min: 0, max: 65535, describe: 'Port of its API. Empty: a free one' },
  auth_port: { type: 'integer', group: 'Sandbox', min: 0, max: 65535, describe: 'Port of its auth service. Empty: a free one' },
  root: { type: 'string', group: 'Sandbox', path: true, describe: 'Directory that holds its state and files' },
  pack_index: { type: 'string', group: 'Sandbox', describe: 'URL of its pack index' },
  rbac: { type: 'boolean', group: 'Sandbox', describe: 'RBAC on: st2admin is system admin, the others have no roles' },
  minutes: { type: 'integer', group: 'Sandbox', min: 1, max: 1440, describe: 'Stop after so many minutes. Empty: run until it is told to stop' },
  ttl_sweep: { type: 'integer', group: 'Sandbox', default: 60000, min: 1, describe: 'Milliseconds between the sweeps that remove expired keys' },
  install_seconds: { type: 'integer', group: 'Sandbox', min: 0, max: 3600, describe: 'Seconds that a pack install takes beyond the real work' },
  timers: { type: 'boolean', group: 'Sandbox', describe: 'Timers of its rules fire as the clock goes. Empty: never' },
  limit: { type: 'string', group: 'Sandbox', shellOnly: true, choices: ['quiet', 'busy'], describe: 'As fast as a quiet or a busy StackStorm was measured. Empty: at once' },
  read_ms: { type: 'integer', group: 'Sandbox', shellOnly: true, min: 0, max: 600000, describe: 'Milliseconds that each read takes longer' },
  write_ms: { type: 'integer', group: 'Sandbox', shellOnly: true, min: 0, max: 600000, describe: 'Milliseconds that each write takes longer' },
  faults: { type: 'string', group: 'Sandbox', shellOnly: true, describe: 'Faults with semicolons between, for example "status=503,rate=0.1,retry-after=1,on=write; drop,at=17"' },
  front: { type: 'string', group: 'Sandbox', shellOnly: true, choices: ['nginx'], describe: "A port like that of StackStorm's nginx, beside the others" },
  front_port: { type: 'integer', group: 'Sandbox', shellOnly: true, min: 0, max: 65535, describe: 'Port of the front. Empty: a free one' },
  tls_key: { type: 'string', group: 'Sandbox', path: true, shellOnly: true, describe: 'PEM file with the private key for TLS' },
  tls_cert: { type: 'string', group: 'Sandbox', path: true, shellOnly: true, describe: 'PEM file with the certificate for TLS' },
  keep: { type: 'boolean', group: 'Sandbox', shellOnly: true, describe: 'Leave both sandboxes running at the end, until Ctrl-C, and say how to reach them' },
  name: { type: 'string', group: 'Sandbox', shellOnly: true, describe: 'Name of a system key' },
  value: { type: 'string', group: 'Sandbox', shellOnly: true, describe: 'Raw stored value of that key' },
} as const satisfies Record<string, OptionSpec>

export type OptionName = keyof typeof OPTIONS

type ValueOf<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['type'] extends 'integer'
    ? S extends { default: number } ? number : number | undefined
    : S['type'] extends 'list'
      ? string[]
      : S extends { default: string } ? string : string | undefined

/** Decoded arguments: a boolean that was not given is false, a list empty, anything else its default or undefined. */
export type Args = { [K in OptionName]: ValueOf<(typeof OPTIONS)[K]> }

/** The table with its widest type, for code that walks over it. */
export const OPTION_SPECS: Readonly<Record<OptionName, OptionSpec>> = OPTIONS

/** How a shell types an option: `on_conflict` is `--on-conflict`. */
export const flag = (name: string): string => `--${name.replace(/_/g, '-')}`

/** The environment variable that gives a setting when no argument does. */
export const variable = (name: string): string => `ST2UPGRADE_${name.toUpperCase()}`

const STAGE_BASE = ['run', 'state_dir', 'format'] as const satisfies readonly OptionName[]
const LOGIN = ['user', 'password_file', 'source_user', 'source_password_file', 'target_user', 'target_password_file'] as const satisfies readonly OptionName[]

/** Options that several commands share, by what they are for. */
export const SETS = {
  base: STAGE_BASE,
  source: ['source_url', 'source_api_key_name', 'source_root', 'source_crypto_key_file'],
  target: ['target_url', 'target_api_key_name', 'target_root'],
  transport: ['ca_file', 'insecure', ...LOGIN],
  scope: ['only', 'except', 'users', 'concurrency'],
  seal: ['recipients', 'passphrase_key_name', 'passphrase_file', 'plain_archive', 'include_crypto_key'],
  unseal: ['archive', 'identity_file', 'passphrase_key_name', 'passphrase_file'],
  policy: ['on_conflict', 'quiet', 'allow_active', 'allow_older'],
  history: ['since', 'history_action', 'history_status', 'audit_logs_to'],
  serving: ['git_template', 'serve_packs', 'serve_address', 'serve_port'],
} as const satisfies Record<string, readonly OptionName[]>
