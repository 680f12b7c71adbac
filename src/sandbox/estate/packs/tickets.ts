/** A pack that was edited in place: a changed file, a new action and a local note, none of them ever committed. */
import { alias, packYaml, policy, script, scriptAction, sensor, timerRule, webhookRule, type EstatePack } from './pack'

const SCHEMA = `---
queue:
  description: Where new tickets go
  type: string
  default: operations
`

const ALIAS = `---
name: open_ticket
pack: tickets
description: Open a ticket from the chat
enabled: true
action_ref: tickets.open
formats:
  - "open ticket {{ subject }}"
`

const EDITED = script('open').replace('set -eu\n', 'set -eu\n# hot fix: the queue was renamed in spring\nqueue="${TICKETS_QUEUE:-operations}"\nexport queue\n')

export const TICKETS: EstatePack = {
  ref: 'tickets',
  story: 'edited in place: one script changed, an action and a note added, nothing committed',
  origin: 'host',
  history: [
    {
      message: 'Open tickets',
      files: {
        'pack.yaml': packYaml('tickets', '0.9.0', 'Opens and closes tickets'),
        'config.schema.yaml': SCHEMA,
        'actions/open.yaml': scriptAction('open', 'Opens a ticket'),
        'actions/open.sh': script('open'),
        'aliases/open_ticket.yaml': ALIAS,
        'aliases/show_ticket.yaml': alias('tickets', 'show_ticket', 'tickets.show', 'show ticket {{ subject }}'),
        'aliases/forget_ticket.yaml': alias('tickets', 'forget_ticket', 'tickets.show', 'forget ticket {{ subject }}', false),
        'actions/show.yaml': scriptAction('show', 'Shows a ticket'),
        'actions/show.sh': script('show'),
        'rules/on_mail.yaml': webhookRule('tickets', 'on_mail', 'tickets/new', 'tickets.open'),
        'rules/remind.yaml': timerRule('tickets', 'remind', 'IntervalTimer', { unit: 'hours', delta: 1 }, 'tickets.show'),
        'rules/escalate.yaml': webhookRule('tickets', 'escalate', 'tickets/escalate', 'tickets.open', 'enabled: false\n'),
        'policies/open.yaml': policy('tickets', 'tickets_open_limit', 'concurrency', 'tickets.open', { action: 'delay', threshold: 3 }),
        'policies/show.yaml': policy('tickets', 'tickets_show_retry', 'retry', 'tickets.show', { retry_on: 'timeout', max_retry_count: 1 }),
        ...sensor('tickets', 'QueueSensor', 'queue', 'ticket_seen'),
      },
      refs: ['refs/heads/main'],
    },
  ],
  edits: {
    'actions/open.sh': EDITED,
    'actions/close.yaml': scriptAction('close', 'Closes a ticket; made on the server'),
    'actions/close.sh': script('close'),
    'etc/notes with blanks.txt': 'Ask the service desk before closing in bulk.\r\nTwo line ends, on purpose.\n',
  },
  config: '---\nqueue: operations\n',
}
