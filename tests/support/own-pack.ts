/** This pack as a git repository, with the committed bundle, so that a sandbox installs and runs it as StackStorm does. */
import * as fs from 'fs'
import * as path from 'path'
import type { RunningSandbox } from '../../src/sandbox/start'
import { commitFiles, gitIn } from './git-repository'
import { ROOT } from './pack'

const PARTS = ['pack.yaml', 'config.schema.yaml', 'st2upgrade.yaml.example', 'icon.png', 'actions', 'workflows']

/** Answers the repository's URL. */
export function ownPack(parent: string): string {
  const directory = path.join(parent, 'st2upgrade')
  fs.mkdirSync(directory, { recursive: true })
  for (const part of PARTS) fs.cpSync(path.join(ROOT, part), path.join(directory, part), { recursive: true, verbatimSymlinks: true })
  gitIn(directory, 'init', '-q')
  commitFiles(directory, {}, 'the pack as it is')
  return `file://${directory}`
}

/** What the pack says of itself. */
export const ownVersion = (): string => /^version: ["']?([^"'\n]+)/m.exec(fs.readFileSync(path.join(ROOT, 'pack.yaml'), 'utf8'))![1]!

/** What the pack's executions on this sandbox are told: the sandbox's root in the place of /, and a state directory of its own. */
export function settleOwnPack({ sandbox: { paths } }: RunningSandbox, stateDir: string): void {
  fs.writeFileSync(path.join(paths.configs, 'st2upgrade.yaml'), `state_dir: ${stateDir}\ntarget_root: ${paths.root}\n`)
}
