/** A pack that needs another one: it is only of use where `netops` is. */
import { alias, packYaml, policy, script, scriptAction, sensor, timerRule, webhookRule, type EstatePack } from './pack'

const WORKFLOW = `version: 1.0
description: Asks a device and writes down what it said
input:
  - device
tasks:
  ask:
    action: netops.ping subject=<% ctx().device %>
    next:
      - when: <% succeeded() %>
        do: write
  write:
    action: reports.write subject=<% ctx().device %>
`

const FLOW = `---
name: device_report
runner_type: orquesta
description: A report about one device
enabled: true
entry_point: workflows/device_report.yaml
parameters:
  device:
    type: string
    required: true
`

export const REPORTS: EstatePack = {
  ref: 'reports',
  story: 'depends on the pack netops',
  origin: 'host',
  history: [
    {
      message: 'Write reports',
      files: {
        'pack.yaml': packYaml('reports', '1.1.0', 'Writes reports', 'dependencies:\n  - netops\n'),
        'actions/write.yaml': scriptAction('write', 'Writes a report'),
        'actions/write.sh': script('write'),
        'actions/device_report.yaml': FLOW,
        'rules/weekly.yaml': timerRule('reports', 'weekly', 'CronTimer', { timezone: 'UTC', day_of_week: 'mon', hour: 6, minute: 0, second: 0 }, 'reports.write'),
        'rules/on_request.yaml': webhookRule('reports', 'on_request', 'reports/request', 'reports.write'),
        'aliases/report.yaml': alias('reports', 'report', 'reports.write', 'report on {{ subject }}'),
        'aliases/write.yaml': alias('reports', 'write', 'reports.write', 'write down {{ subject }}'),
        'policies/write.yaml': policy('reports', 'reports_write_limit', 'concurrency', 'reports.write', { action: 'delay', threshold: 1 }),
        ...sensor('reports', 'InboxSensor', 'inbox', 'report_wanted'),
        'actions/workflows/device_report.yaml': WORKFLOW,
      },
      refs: ['refs/heads/main'],
    },
  ],
}
