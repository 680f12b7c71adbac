/** What a pack of the sample estate is made of: files by path, a small history, and how it came onto the old instance. Plain data. */

/** Content by path; `#!` at the start of a text makes the file executable. */
export type Files = Record<string, string | Buffer>

export interface PackCommit {
  message: string
  /** Files that this commit adds or replaces. */
  files: Files
  /** Branches and tags that point here once the history is complete, for example `refs/tags/v1.4.0`. */
  refs?: string[]
}

export interface EstatePack {
  ref: string
  /** In plain words, for the demo: what is special about this one. */
  story: string
  /** The oldest first; a pack without git has one entry, its files. */
  history: PackCommit[]
  /** What `packs.install` is asked for behind `=`; none = the default branch. */
  version?: string
  /** `host`: from a git server that both instances reach; `gone`: from a repository that is no longer there; `none`: copied by hand, without git. */
  origin: 'host' | 'gone' | 'none'
  /** Edits made in the installed directory and never committed. */
  edits?: Files
  /** The bytes of its file in `configs`, if it has one. */
  config?: string
}

/** The metadata file that every pack has. */
export function packYaml(ref: string, version: string, description: string, more = ''): string {
  return `---
ref: ${ref}
name: ${ref}
description: ${description}
version: ${version}
python_versions:
  - "3"
author: Operations
email: operations@example.org
keywords:
  - ${ref}
${more}`
}

/** Metadata of an action that runs a script of the pack on the StackStorm host. */
export function scriptAction(name: string, description: string, parameters = ''): string {
  return `---
name: ${name}
runner_type: local-shell-script
description: ${description}
enabled: true
entry_point: ${name}.sh
parameters:
${parameters || '  subject:\n    type: string\n    description: What to look at\n'}`
}

/** A script that answers with one JSON document of its arguments, as an action that other tools read does. */
export function script(does: string): string {
  return `#!/bin/sh
# ${does}
set -eu
subject=none
for argument in "$@"; do
  case "$argument" in
    --subject=*) subject="\${argument#--subject=}" ;;
  esac
done
printf '{"does": "%s", "subject": "%s"}\\n' ${JSON.stringify(does)} "$subject"
`
}

/** A rule on a webhook of StackStorm's own. `more` are further lines of the file. */
export function webhookRule(pack: string, name: string, url: string, action: string, more = 'enabled: true\n'): string {
  return ruleYaml(pack, name, `  type: core.st2.webhook\n  parameters:\n    url: ${url}\n`, action, '    subject: "{{ trigger.body.subject }}"\n', more)
}

/** A rule on a timer. `parameters` as StackStorm names them. */
export function timerRule(pack: string, name: string, timer: 'IntervalTimer' | 'CronTimer', parameters: Record<string, string | number>, action: string, more = 'enabled: true\n'): string {
  const lines = Object.entries(parameters).map(([parameter, value]) => `    ${parameter}: ${value}\n`)
  return ruleYaml(pack, name, `  type: core.st2.${timer}\n  parameters:\n${lines.join('')}`, action, `    subject: ${name}\n`, more)
}

function ruleYaml(pack: string, name: string, trigger: string, action: string, parameters: string, more: string): string {
  return `---\nname: ${name}\npack: ${pack}\ndescription: Runs ${action}\n${more}trigger:\n${trigger}criteria: {}\naction:\n  ref: ${action}\n  parameters:\n${parameters}`
}

/** An alias of one format, which may hold `{{ subject }}`. */
export function alias(pack: string, name: string, action: string, format: string, enabled = true): string {
  return `---\nname: ${name}\npack: ${pack}\ndescription: Runs ${action} from the chat\nenabled: ${enabled}\naction_ref: ${action}\nformats:\n  - ${JSON.stringify(format)}\n`
}

/** A policy on an action of the pack. Names of policies share one space across packs, so that of the pack belongs into them. */
export function policy(pack: string, name: string, type: 'concurrency' | 'concurrency.attr' | 'retry', action: string, parameters: Record<string, string | number>, enabled = true): string {
  const lines = Object.entries(parameters).map(([parameter, value]) => `  ${parameter}: ${value}\n`)
  return `---\nname: ${name}\npack: ${pack}\ndescription: Holds ${action} back\nenabled: ${enabled}\nresource_ref: ${action}\npolicy_type: action.${type}\nparameters:\n${lines.join('')}`
}

/** A sensor that polls, and brings the trigger type `<pack>.<trigger>` along. */
export function sensor(pack: string, className: string, module: string, trigger: string, enabled = true): Files {
  const metadata = `---
class_name: ${className}
entry_point: ${module}.py
description: Watches for ${trigger}
poll_interval: 60
enabled: ${enabled}
trigger_types:
  - name: ${trigger}
    pack: ${pack}
    description: Sent by ${className}
    payload_schema:
      type: object
      properties:
        subject:
          type: string
`
  return { [`sensors/${module}.yaml`]: metadata, [`sensors/${module}.py`]: sensorCode(className) }
}

/** A polling sensor that finds nothing. */
export function sensorCode(className: string): string {
  const empty = ['poll', 'cleanup'].map((name) => `    def ${name}(self):\n        pass\n`)
  const told = ['add_trigger', 'update_trigger', 'remove_trigger'].map((name) => `    def ${name}(self, trigger):\n        pass\n`)
  const setup = '    def setup(self):\n        self._logger = self.sensor_service.get_logger(name=self.__class__.__name__)\n'
  return `from st2reactor.sensor.base import PollingSensor\n\n\nclass ${className}(PollingSensor):\n${[setup, ...empty, ...told].join('\n')}`
}
