/** A pack at a tag: the old instance runs v1.4.0 while its repository has gone on. */
import { packYaml, script, scriptAction, type EstatePack } from './pack'

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

const SENSOR_CODE = `from st2reactor.sensor.base import PollingSensor


class DeviceStateSensor(PollingSensor):
    def setup(self):
        self._logger = self.sensor_service.get_logger(name=self.__class__.__name__)

    def poll(self):
        pass

    def cleanup(self):
        pass

    def add_trigger(self, trigger):
        pass

    def update_trigger(self, trigger):
        pass

    def remove_trigger(self, trigger):
        pass
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
        'sensors/device_state.py': SENSOR_CODE,
        'aliases/diagnose_device.yaml': ALIAS,
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
