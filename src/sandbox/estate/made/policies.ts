/** Policies that somebody made through the API. One (type, resource) pair and one bare name each: StackStorm mixes up others. Plain data. */

export const POLICIES = [
  { name: 'retry_ping', pack: 'netops', description: 'The network is not always there', enabled: true, resource_ref: 'netops.ping', policy_type: 'action.retry', parameters: { retry_on: 'timeout', max_retry_count: 3, delay: 1.5 } },
  { name: 'one_greeting', pack: 'default', enabled: true, resource_ref: 'default.greet', policy_type: 'action.concurrency', parameters: { threshold: 1, action: 'cancel' } },
  { name: 'per_host', pack: 'homegrown', enabled: false, resource_ref: 'homegrown.disk_check', policy_type: 'action.concurrency.attr', parameters: { threshold: 2, attributes: ['subject'] } },
  { name: 'retry_gone', pack: 'default', description: 'Its action is not there any more', enabled: true, resource_ref: 'default.gone', policy_type: 'action.retry', parameters: { retry_on: 'failure', max_retry_count: 1 } },
] as const
