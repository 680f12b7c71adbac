/** A pack that somebody copied onto the server: no git at all. */
import { alias, packYaml, policy, script, scriptAction, sensor, webhookRule, type EstatePack } from './pack'

const RULE = `---
name: disk_check
pack: homegrown
description: Every ten minutes
enabled: true
trigger:
  type: core.st2.IntervalTimer
  parameters:
    unit: minutes
    delta: 10
criteria: {}
action:
  ref: homegrown.disk_check
`

const SCHEMA = `---
threshold:
  description: Per cent of a disk in use that are too many
  type: integer
  default: 90
`

export const HOMEGROWN: EstatePack = {
  ref: 'homegrown',
  story: 'copied onto the server by hand, without git',
  origin: 'none',
  history: [
    {
      message: '',
      files: {
        'pack.yaml': packYaml('homegrown', '0.1.0', 'Made here, kept nowhere else'),
        'config.schema.yaml': SCHEMA,
        'actions/disk_check.yaml': scriptAction('disk_check', 'How full the disks are'),
        'actions/disk_check.sh': script('disk_check'),
        'actions/lib/helpers.sh': '# Read by other scripts, not run by itself.\nhelp() { echo help; }\n',
        'rules/disk_check.yaml': RULE,
        'rules/on_alarm.yaml': webhookRule('homegrown', 'on_alarm', 'homegrown/alarm', 'homegrown.memory_check'),
        'actions/memory_check.yaml': scriptAction('memory_check', 'How full the memory is').replace('enabled: true', 'enabled: false'),
        'actions/memory_check.sh': script('memory_check'),
        'aliases/disks.yaml': alias('homegrown', 'disks', 'homegrown.disk_check', 'how full are the disks'),
        'policies/disk_check.yaml': policy('homegrown', 'homegrown_disk_limit', 'concurrency', 'homegrown.disk_check', { action: 'delay', threshold: 1 }),
        ...sensor('homegrown', 'DiskSensor', 'disks', 'disk_full'),
      },
    },
  ],
  config: '---\n# eighty was too noisy\nthreshold: 95\n',
}
