/** This pack as a git repository, with the committed bundle, so that a sandbox installs and runs it as StackStorm does. */
import * as fs from 'fs'
import * as path from 'path'
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
