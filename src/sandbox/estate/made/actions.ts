/**
 * Actions that somebody made through the API, with the files that came along: StackStorm writes these into the pack, but no
 * metadata file, so that the next install of the pack forgets them. Plain data, as it is posted.
 */

export const ACTIONS = [
  {
    name: 'greet',
    pack: 'default',
    description: 'Says hello to a new colleague',
    runner_type: 'local-shell-script',
    entry_point: 'greet.sh',
    enabled: true,
    parameters: { who: { type: 'string', required: true, description: 'Whom' } },
    tags: [{ name: 'made', value: 'web UI' }],
    data_files: [{ file_path: 'greet.sh', content: '#!/bin/sh\necho "hello $*"\n' }],
  },
  {
    name: 'escalate',
    pack: 'tickets',
    description: 'Wakes somebody up',
    runner_type: 'local-shell-script',
    entry_point: 'escalate.sh',
    enabled: true,
    parameters: { ticket: { type: 'string' }, token: { type: 'string', secret: true }, level: { type: 'integer', default: 2 } },
    data_files: [
      { file_path: 'escalate.sh', content: '#!/bin/sh\n# čeká se na odpověď\n. "$(dirname "$0")/lib/phone.sh"\ncall "$@"\n' },
      { file_path: 'lib/phone.sh', content: 'call() { printf \'{"called": true}\\n\'; }\n' },
    ],
  },
  {
    name: 'rotate_logs',
    pack: 'homegrown',
    runner_type: 'local-shell-script',
    entry_point: 'rotate_logs.sh',
    enabled: false,
    parameters: {},
    notify: { 'on-failure': { message: 'logs are not rotated', routes: ['chat'] } },
    data_files: [{ file_path: 'rotate_logs.sh', content: '#!/bin/sh\nexit 0\n' }],
  },
] as const
