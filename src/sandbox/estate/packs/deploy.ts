/** A pack on a branch: the old instance follows `stable`, not the default branch. */
import { alias, packYaml, policy, script, scriptAction, sensor, timerRule, webhookRule, type EstatePack } from './pack'

const SCHEMA = `---
registry:
  description: Where the images lie
  type: string
  default: registry.example.org
verify:
  description: Check signatures
  type: boolean
  default: false
retries:
  description: Attempts for each host
  type: integer
  default: 3
window:
  description: Seconds that a rollout may take
  type: integer
credentials:
  description: Who pushes
  type: object
  properties:
    user:
      type: string
    password:
      type: string
      secret: true
`

/** Values as YAML 1.1 has them: yes is true, 010 is eight, 1_000 a thousand, 1:30 ninety. */
const CONFIG = `---
registry: 'registry.example.org'
verify: yes            # signatures are a must since spring
retries: 010           # eight
window: 1_000          # a thousand seconds
credentials: &who
    user:     deployer
    password: "Tr0ub4dor & 3: {not} [a] #comment"
`

const POLICY = `---
name: deploy_one_at_a_time
pack: deploy
description: One rollout at a time
enabled: true
resource_ref: deploy.rollout
policy_type: action.concurrency
parameters:
  action: delay
  threshold: 1
`

const RULE = `---
name: on_push
pack: deploy
description: Switched off until the pipeline is ready
enabled: false
trigger:
  type: core.st2.webhook
  parameters:
    url: deploy/push
criteria: {}
action:
  ref: deploy.rollout
  parameters:
    subject: "{{ trigger.body.image }}"
`

export const DEPLOY: EstatePack = {
  ref: 'deploy',
  story: 'installed from the branch stable; the default branch has gone another way',
  origin: 'host',
  version: 'stable',
  history: [
    {
      message: 'Roll out images',
      files: {
        'pack.yaml': packYaml('deploy', '2.0.3', 'Rolls images out'),
        'config.schema.yaml': SCHEMA,
        'actions/rollout.yaml': scriptAction('rollout', 'Rolls one image out'),
        'actions/rollout.sh': script('rollout'),
        'policies/rollout.yaml': POLICY,
        'rules/on_push.yaml': RULE,
        'rules/on_tag.yaml': webhookRule('deploy', 'on_tag', 'deploy/tag', 'deploy.rollout'),
        'rules/on_rollback.yaml': webhookRule('deploy', 'on_rollback', 'deploy/rollback', 'deploy.rollback'),
        'rules/prune.yaml': timerRule('deploy', 'prune', 'IntervalTimer', { unit: 'hours', delta: 6 }, 'deploy.rollback', 'enabled: false\n'),
        'actions/rollback.yaml': scriptAction('rollback', 'Takes one image back'),
        'actions/rollback.sh': script('rollback'),
        'aliases/rollout.yaml': alias('deploy', 'rollout', 'deploy.rollout', 'roll out {{ subject }}'),
        'aliases/rollback.yaml': alias('deploy', 'rollback', 'deploy.rollback', 'take back {{ subject }}', false),
        'policies/rollback.yaml': policy('deploy', 'deploy_rollback_limit', 'concurrency', 'deploy.rollback', { action: 'cancel', threshold: 1 }),
        'policies/rollback_retry.yaml': policy('deploy', 'deploy_rollback_retry', 'retry', 'deploy.rollback', { retry_on: 'failure', max_retry_count: 1 }, false),
        ...sensor('deploy', 'RegistrySensor', 'registry', 'image_pushed', false),
      },
      refs: ['refs/heads/stable'],
    },
    {
      message: 'Rewrite that is not finished',
      files: { 'pack.yaml': packYaml('deploy', '3.0.0', 'Rolls images out'), 'actions/rollout.sh': script('rollout, rewritten') },
      refs: ['refs/heads/main'],
    },
  ],
  config: CONFIG,
}
