/** The Python actions of StackStorm's pack `packs`, done by the sandbox itself. */
import * as fs from 'fs'
import * as path from 'path'
import { remove } from 'fs-extra'
import { registerPythonAction, type PythonAction } from '../executions/runners/built-in'
import type { Sandbox } from '../types'
import { findDependencies, isSuccess } from './dependencies'
import { describeInstalled } from './git-status'
import { downloadPacks, locksOf } from './download'
import { packWarning, tryReadMetadata } from './metadata'
import { loadPacks, refuseSystemPacks, unloadPacks } from './register'

type Statuses = Record<string, string>
const packDirectory = ({ paths }: Sandbox, name: string): string => path.join(paths.packs, name)

const download: PythonAction = ({ sandbox, given, log }) => {
  const dependencies = given.dependency_list as string[] | null
  return downloadPacks(sandbox, dependencies?.length ? dependencies : (given.packs as string[]), { force: given.force === true, log })
}

/** The list so far with the packs that were just downloaded. */
const virtualenvPrerun: PythonAction = async ({ given }) => {
  const downloaded = Object.entries((given.packs_status ?? {}) as Statuses).filter(([, status]) => isSuccess(status))
  return [...((given.packs_list as string[] | null) ?? []), ...downloaded.map(([name]) => name)]
}

const getPackDependencies: PythonAction = async ({ sandbox, given }) =>
  findDependencies((given.packs_status ?? {}) as Statuses, Number(given.nested), (name) => tryReadMetadata(packDirectory(sandbox, name)))

const getPackWarnings: PythonAction = async ({ sandbox, given }) => {
  const names = Object.entries((given.packs_status ?? {}) as Statuses).filter(([, status]) => isSuccess(status))
  const warnings = names.map(([name]) => packWarning(tryReadMetadata(packDirectory(sandbox, name)) ?? {}))
  return { warning_list: warnings.filter((warning) => warning !== undefined) }
}

/** The virtualenv stays an empty directory: no Python action of a pack runs here. */
const setupVirtualenv: PythonAction = async ({ sandbox, given, log }) => {
  const names = (given.packs ?? []) as string[]
  for (const name of names) {
    if (!fs.existsSync(packDirectory(sandbox, name))) throw new Error(`Pack ${name} is not installed. Looked in: ${packDirectory(sandbox, name)}`)
    log(`st2.actions.python.SetupVirtualEnvironmentAction: DEBUG    Setting up virtualenv for pack "${name}" (${packDirectory(sandbox, name)})`)
    await fs.promises.mkdir(path.join(sandbox.paths.virtualenvs, name), { recursive: true })
  }
  if (sandbox.installSeconds > 0) await new Promise((resolve) => setTimeout(resolve, sandbox.installSeconds * 1000).unref())
  return `Successfully set up virtualenv for the following packs: ${names.join(', ')}`
}

const load: PythonAction = async ({ sandbox, given, log }) => loadPacks(sandbox, (given.packs ?? []) as string[], String(given.register), log)
const unload: PythonAction = async ({ sandbox, given, log }) => unloadPacks(sandbox, given.packs as string[], log)

const deletePacks: PythonAction = async ({ sandbox, given, log }) => {
  const names = given.packs as string[]
  refuseSystemPacks(names, 'Uninstall includes an uninstallable pack')
  const say = (text: string): void => log(`st2.actions.python.UninstallPackAction: DEBUG    ${text}`)
  for (const name of names) {
    const directory = packDirectory(sandbox, name)
    if (path.dirname(directory) !== sandbox.paths.packs || !fs.existsSync(directory)) continue
    say(`Deleting pack directory "${directory}"`)
    await locksOf(sandbox).run(`/${name}`, () => remove(directory))
  }
  if (given.delete_env === false) return
  for (const name of names) {
    const virtualenv = path.join(sandbox.paths.virtualenvs, name)
    if (path.dirname(virtualenv) !== sandbox.paths.virtualenvs || !fs.existsSync(virtualenv)) continue
    say(`Deleting virtualenv "${virtualenv}" for pack "${name}"`)
    await remove(virtualenv)
  }
}

const get: PythonAction = ({ sandbox, given }) => {
  const name = String(given.pack)
  return describeInstalled(packDirectory(sandbox, name), name, sandbox.traits.packsGetTakesBranch ? String(given.branch) : 'master')
}

/** Makes these actions known to the executions' Python runner. */
export function registerPackActions(): void {
  registerPythonAction('packs.download', download)
  registerPythonAction('packs.virtualenv_prerun', virtualenvPrerun)
  registerPythonAction('packs.get_pack_dependencies', getPackDependencies)
  registerPythonAction('packs.get_pack_warnings', getPackWarnings)
  registerPythonAction('packs.setup_virtualenv', setupVirtualenv)
  registerPythonAction('packs.load', load)
  registerPythonAction('packs.unload', unload)
  registerPythonAction('packs.delete', deletePacks)
  registerPythonAction('packs.get', get)
}
