/** A pack at a tag: the old instance runs v1.4.0 while its repository has gone on. */
import { alias, packYaml, policy, script, scriptAction, sensor, sensorCode, timerRule, webhookRule, type EstatePack } from './pack'

const SCHEMA = `---
devices_api:
  description: Where the inventory of devices is served
  type: string
  required: true
api_token:
  description: Token for the inventory
  type: string
  secret: true
timeout:
  description: Seconds to wait for a device
  type: integer
  default: 30
sites:
  description: Sites that are looked after
  type: array
  items:
    type: string
`

const WORKFLOW = `version: 1.0
description: Looks at a device and, if it does not answer, at its neighbour
input:
  - device
tasks:
  ping:
    action: netops.ping subject=<% ctx().device %>
    next:
      - when: <% succeeded() %>
        publish:
          - answer: <% result().stdout %>
        do: noop
      - when: <% failed() %>
        do: neighbour
  neighbour:
    action: core.noop
output:
  - answer: <% ctx().get('answer') %>
`

const FLOW = `---
name: diagnose
runner_type: orquesta
description: Looks at a device and its neighbour
enabled: true
entry_point: workflows/diagnose.yaml
parameters:
  device:
    type: string
    required: true
`

const RULE = `---
name: device_down
pack: netops
description: A device that does not answer is diagnosed
enabled: true
trigger:
  type: netops.device_state
criteria:
  trigger.state:
    type: equals
    pattern: down
action:
  ref: netops.diagnose
  parameters:
    device: "{{ trigger.device }}"
`

const NIGHTLY = `---
name: nightly_report
pack: netops
description: Every night at half past two
enabled: true
trigger:
  type: core.st2.CronTimer
  parameters:
    timezone: UTC
    hour: 2
    minute: 30
    second: 0
criteria: {}
action:
  ref: netops.ping
  parameters:
    subject: "{{ st2kv.system.case }}"
`

/** A key of the datastore that changes starts it: writes of a migration would too, were the new instance not quiet. */
const CONFIG_CHANGED = `---
name: config_changed
pack: netops
description: The inventory in the datastore has changed
enabled: true
trigger:
  type: core.st2.key_value_pair.update
criteria:
  trigger.object.name:
    type: startswith
    pattern: netops.watched.
action:
  ref: netops.list_devices
  parameters:
    subject: "{{ trigger.object.name }}"
`

const SENSOR = `---
class_name: DeviceStateSensor
entry_point: device_state.py
description: Watches the devices
poll_interval: 60
enabled: true
trigger_types:
  - name: device_state
    pack: netops
    description: A device went up or down
    payload_schema:
      type: object
      properties:
        device:
          type: string
        state:
          type: string
`

const ALIAS = `---
name: diagnose_device
pack: netops
description: Diagnose a device from the chat
enabled: true
action_ref: netops.diagnose
formats:
  - "diagnose {{ device }}"
`

/** What switches of the old instance's people are tried on: some of it ships switched off. */
const MORE = {
  'actions/list_devices.yaml': scriptAction('list_devices', 'Lists the devices of a site'),
  'actions/list_devices.sh': script('list_devices'),
  'rules/device_up.yaml': webhookRule('netops', 'device_up', 'netops/up', 'netops.ping'),
  'rules/link_flap.yaml': webhookRule('netops', 'link_flap', 'netops/flap', 'netops.ping', 'enabled: false\n'),
  'rules/weekly_audit.yaml': timerRule('netops', 'weekly_audit', 'CronTimer', { timezone: 'UTC', day_of_week: 'sun', hour: 4, minute: 0, second: 0 }, 'netops.list_devices'),
  'rules/config_changed.yaml': CONFIG_CHANGED,
  'aliases/ping_device.yaml': alias('netops', 'ping_device', 'netops.ping', 'ping {{ subject }}'),
  'aliases/list_devices.yaml': alias('netops', 'list_devices', 'netops.list_devices', 'list devices at {{ subject }}'),
  'policies/ping.yaml': policy('netops', 'netops_ping_limit', 'concurrency', 'netops.ping', { action: 'delay', threshold: 5 }),
  'policies/ping_attr.yaml': policy('netops', 'netops_ping_per_device', 'concurrency.attr', 'netops.ping', { action: 'cancel', threshold: 1 }),
  'policies/diagnose.yaml': policy('netops', 'netops_diagnose_limit', 'concurrency', 'netops.diagnose', { action: 'delay', threshold: 2 }),
  'policies/list.yaml': policy('netops', 'netops_list_retry', 'retry', 'netops.list_devices', { retry_on: 'timeout', max_retry_count: 2 }, false),
  ...sensor('netops', 'LinkSensor', 'link', 'link_seen'),
}

/** Comments, a reference into the datastore and numbers that only YAML 1.1 reads as numbers: none of it survives a plain rewrite. */
const CONFIG = `---
# Network operations, production.
# Ask the engineer on call before you touch the timeout!
devices_api: https://devices.example.org/api   # behind the proxy
api_token: "{{st2kv.system.est}}"
timeout: 0132   # octal: ninety seconds
sites:   # alphabetical
  - ams
  - fra
  - "no"   # Norway, not false
`

export const NETOPS: EstatePack = {
  ref: 'netops',
  story: 'installed at the tag v1.4.0; its repository has a newer v1.5.0',
  origin: 'host',
  version: 'v1.4.0',
  history: [
    {
      message: 'First devices',
      files: { 'pack.yaml': packYaml('netops', '1.3.0', 'Looks after network devices'), 'README.md': '# netops\n', 'actions/ping.yaml': scriptAction('ping', 'Asks a device whether it is there'), 'actions/ping.sh': script('ping') },
      refs: ['refs/tags/v1.3.0'],
    },
    {
      message: 'Diagnose devices that are down',
      files: {
        'pack.yaml': packYaml('netops', '1.4.0', 'Looks after network devices'),
        'config.schema.yaml': SCHEMA,
        'netops.yaml.example': CONFIG,
        'actions/diagnose.yaml': FLOW,
        'actions/workflows/diagnose.yaml': WORKFLOW,
        'rules/device_down.yaml': RULE,
        'rules/nightly_report.yaml': NIGHTLY,
        'sensors/device_state.yaml': SENSOR,
        'sensors/device_state.py': sensorCode('DeviceStateSensor'),
        'aliases/diagnose_device.yaml': ALIAS,
        ...MORE,
      },
      refs: ['refs/tags/v1.4.0'],
    },
    {
      message: 'Next version: nobody here has looked at it yet',
      files: { 'pack.yaml': packYaml('netops', '1.5.0', 'Looks after network devices'), 'actions/ping.sh': script('ping with a new protocol') },
      refs: ['refs/tags/v1.5.0', 'refs/heads/main'],
    },
  ],
  config: CONFIG,
}
