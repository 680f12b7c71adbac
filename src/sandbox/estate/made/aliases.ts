/** Aliases that somebody made through the API. All have a description: StackStorm's help falls over one without. Plain data. */

export const ALIASES = [
  { name: 'greet', pack: 'default', description: 'Say hello', enabled: true, action_ref: 'default.greet', formats: ['hello {{ who }}'] },
  {
    name: 'escalate ticket',
    pack: 'tickets',
    description: 'Wake somebody up',
    enabled: true,
    action_ref: 'tickets.escalate',
    formats: [{ display: 'escalate <ticket>', representation: ['escalate {{ ticket }}', 'wake somebody for {{ ticket }} at {{ level=2 }}'] }],
    ack: { enabled: true, format: 'calling about {{ execution.parameters.ticket }}', append_url: false },
    result: { format: '{{ execution.result.stdout }}', extra: { slack: { color: '#800' } } },
    extra: { team: 'operations' },
    immutable_parameters: { token: '{{ st2kv.system.est }}' },
  },
  { name: 'old_words', pack: 'default', description: 'Nobody says that any more', enabled: false, action_ref: 'core.noop', formats: ['make it so'] },
] as const
