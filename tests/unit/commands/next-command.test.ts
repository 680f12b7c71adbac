import { COMMANDS } from '../../../src/commands'
import { asTypedThere } from '../../../src/commands/next-command'

describe('a command that a text names', () => {
  it.each([
    ['next: st2upgrade plan --run r1', 'next: st2 run st2upgrade.plan run=r1'],
    ['plan again: st2upgrade plan --run r1 --on-conflict skip; then apply', 'plan again: st2 run st2upgrade.plan run=r1 on_conflict=skip; then apply'],
    ['next: st2upgrade export --run r1 --own-key', 'next: st2 run st2upgrade.export run=r1 own_key=true'],
    ['nothing of st2upgrade.* keys is carried', 'nothing of st2upgrade.* keys is carried'],
  ])('%s', (shell, action) => {
    expect(asTypedThere(shell, { inAction: true })).toBe(action)
    expect(asTypedThere(shell, { inAction: false })).toBe(shell)
  })

  it('is completed with what was typed now and the next one needs too', () => {
    const typed = { run: 'r1', state_dir: '/var/my state', target_url: 'https://new.example/api', own_key: true, other_users: true, on_conflict: 'fail', insecure: false, format: 'json' }
    const speak = (line: string, inAction: boolean) => asTypedThere(line, { inAction, typed, commands: COMMANDS })
    expect(speak('next: st2upgrade plan --run r1', false)).toBe("next: st2upgrade plan --run r1 --state-dir '/var/my state' --target-url https://new.example/api --other-users")
    expect(speak('next: st2upgrade verify --run r1', true)).toBe("next: st2 run st2upgrade.verify run=r1 state_dir='/var/my state' target_url=https://new.example/api other_users=true")
    expect(speak('next: st2upgrade inspect --file PATH', false)).toBe('next: st2upgrade inspect --file PATH')
  })

  it('does not show again what was shown: the next one does it', () => {
    expect(asTypedThere('next: st2upgrade undo --run r1', { inAction: false, typed: { run: 'r1', dry_run: true, concurrency: '4' }, commands: COMMANDS })).toBe('next: st2upgrade undo --run r1 --concurrency 4')
  })

  it('keeps a list whole, and names the packs to activate only where the text does', () => {
    const speaking = { typed: { packs: 'net,web', target_url: 'https://new.example/api' }, commands: COMMANDS }
    expect(asTypedThere('next: st2upgrade activate --run r1 --packs net,web', { inAction: false, ...speaking })).toBe('next: st2upgrade activate --run r1 --packs net,web --target-url https://new.example/api')
    expect(asTypedThere('next: st2upgrade activate --run r1', { inAction: true, ...speaking })).toBe('next: st2 run st2upgrade.activate run=r1 target_url=https://new.example/api')
    expect(asTypedThere('with st2upgrade plan --run r1, then apply', { inAction: false, ...speaking })).toBe('with st2upgrade plan --run r1 --target-url https://new.example/api, then apply')
  })

  it('waits for nothing where it takes back', () => {
    expect(asTypedThere('take it back with: st2upgrade quiesce --run q1 --take-back', { inAction: false, typed: { wait: '600', source_url: 'https://old.example/api' }, commands: COMMANDS })).toBe('take it back with: st2upgrade quiesce --run q1 --take-back --source-url https://old.example/api')
  })

  it('keeps what it says itself', () => {
    expect(asTypedThere('next: st2upgrade plan --on-conflict skip', { inAction: false, typed: { on_conflict: 'overwrite' }, commands: COMMANDS })).toBe('next: st2upgrade plan --on-conflict skip')
  })
})

describe('a setting that a text names', () => {
  it('is an option in a shell', () => {
    expect(asTypedThere('apply will stop: a rule (unless allow_active=true)', { inAction: false })).toBe('apply will stop: a rule (unless --allow-active)')
    expect(asTypedThere('apply will stop: overrides (unless quiet=api)', { inAction: false })).toBe('apply will stop: overrides (unless --quiet api)')
    expect(asTypedThere('users (for export give other_users=true: a temporary key)', { inAction: false })).toBe('users (for export give --other-users: a temporary key)')
    expect(asTypedThere('Next: name it with archive=PATH, or on_conflict=skip', { inAction: false })).toBe('Next: name it with --archive PATH, or --on-conflict skip')
  })

  it('stays a parameter in StackStorm, and a name in the datastore stays a name', () => {
    expect(asTypedThere('Next: accept it with allow_active=true', { inAction: true })).toBe('Next: accept it with allow_active=true')
    expect(asTypedThere('keys st2kv.system:run=5: value differs', { inAction: false })).toBe('keys st2kv.system:run=5: value differs')
  })
})

it('what was typed with = is whole already and stays as it is', () => {
  const line = 'Run the same again to go on: st2upgrade export --plain-archive --run=r1 --state-dir=/s'
  expect(asTypedThere(line, { inAction: false, typed: { run: 'r1', state_dir: '/s', plain_archive: true }, commands: [{ name: 'export', describe: '', options: ['run', 'state_dir', 'plain_archive'], run: () => Promise.reject(new Error('not run')) }] })).toBe(line)
})
