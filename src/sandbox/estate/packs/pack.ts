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
